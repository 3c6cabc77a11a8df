# Keys and time for the cases that sign; the key is the one of AWS's own examples.
export AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY
at="--region us-east-1 --time 20150830T123600Z"
