/*
 * The calls that noise is made of: how often each occurs, and what its parameters and answer look like. In
 * the text, %a stands for the account, %i for an id of 17 digits, %k for a name, %n for a small number. 15 %
 * of the calls are named in a shipped rule or one of SigmaHQ's; of real files it is 16 %.
 */
#ifndef KS_BENCH_CALLS_H
#define KS_BENCH_CALLS_H

#include <stdbool.h>

struct bench_call {
	const char *source, *name, *host, *parameters;
	bool is_read;
	unsigned tickets; /* out of BENCH_CALL_TICKETS */
};

#define BENCH_CALL_TICKETS 1000u

static const struct bench_call bench_calls[] = {
	{ "sts.amazonaws.com", "AssumeRole", "sts",
		"\"requestParameters\":{\"roleArn\":\"arn:aws:iam::%a:role/%k-reader\","
		"\"roleSessionName\":\"%k-%n\",\"durationSeconds\":3600},"
	  "\"responseElements\":{\"credentials\":{\"accessKeyId\":"
		"\"ASIAYEXAMPLE%n\",\"sessionToken\":\"IQoJb3JpZ2luX2VjEJr%i\","
	  "\"expiration\":\"Nov 21, 2026, 11:05:22 AM\"},"
		"\"assumedRoleUser\":{\"assumedRoleId\":\"AROAYEXAMPLEID:%k\","
	  "\"arn\":\"arn:aws:sts::%a:assumed-role/"
		"%k-reader/%k\"}},\"resources\":[{\"accountId\":\"%a\","
	  "\"type\":\"AWS::IAM::Role\",\"ARN\":"
		"\"arn:aws:iam::%a:role/%k-reader\"}]",
		true, 80 },
	{ "ec2.amazonaws.com", "DescribeInstances", "ec2",
		"\"requestParameters\":{\"maxResults\":1000,\"instancesSet\":"
		"{\"items\":[{\"instanceId\":\"i-%i\"}]},"
	  "\"filterSet\":{\"items\":[{\"name\":\"instance-state-name\","
		"\"valueSet\":{\"items\":[{\"value\":\"running\"}]}}]}},\"responseElements\":null",
		true, 60 },
	{ "kms.amazonaws.com", "Decrypt", "kms",
		"\"requestParameters\":{\"encryptionContext\":{\"aws:s3:arn\":"
		"\"arn:aws:s3:::company-%k-prod/%k/part-%n.parquet\"},"
	  "\"encryptionAlgorithm\":\"SYMMETRIC_DEFAULT\"},"
		"\"responseElements\":null,\"resources\":[{\"accountId\":\"%a\","
	  "\"type\":\"AWS::KMS::Key\",\"ARN\":"
		"\"arn:aws:kms:us-east-1:%a:key/0f6c2a4b-%k\"}]",
		true, 110 },
	{ "s3.amazonaws.com", "GetBucketAcl", "s3",
		"\"requestParameters\":{\"bucketName\":\"company-%k-prod\",\"Host\":"
		"\"company-%k-prod.s3.amazonaws.com\",\"acl\":\"\"},\"responseElements\":null,"
	  "\"additionalEventData\":"
		"{\"SignatureVersion\":\"SigV4\",\"CipherSuite\":\"TLS_AES_128_GCM_SHA256\","
	  "\"bytesTransferredIn\":0,"
		"\"AuthenticationMethod\":\"AuthHeader\",\"x-amz-id-2\":\"vGm%i/%i=\","
	  "\"bytesTransferredOut\":%n},"
		"\"resources\":[{\"accountId\":\"%a\",\"type\":\"AWS::S3::Bucket\","
	  "\"ARN\":\"arn:aws:s3:::company-%k-prod\"}]",
		true, 100 },
	{ "logs.amazonaws.com", "DescribeLogGroups", "logs",
		"\"requestParameters\":{\"logGroupNamePrefix\":\"/aws/lambda/"
		"%k-%n\",\"limit\":50},\"responseElements\":null",
		true, 120 },
	{ "logs.amazonaws.com", "CreateLogStream", "logs",
		"\"requestParameters\":{\"logGroupName\":\"/aws/lambda/%k\","
		"\"logStreamName\":\"2026/11/21/[$LATEST]%i%i\"},\"responseElements\":null",
		false, 60 },
	{ "cloudwatch.amazonaws.com", "DescribeAlarms", "monitoring",
		"\"requestParameters\":{\"maxRecords\":100,"
		"\"alarmNames\":[\"%k-errors\",\"%k-latency\"]},\"responseElements\":null",
		true, 50 },
	{ "elasticloadbalancing.amazonaws.com", "DescribeTargetHealth", "elasticloadbalancing",
		"\"requestParameters\":"
		"{\"targetGroupArn\":\"arn:aws:elasticloadbalancing:us-east-1:%a:targetgroup/%k/%i\"},"
		"\"responseElements\":null,\"apiVersion\":\"2015-12-01\"",
		true, 50 },
	{ "dynamodb.amazonaws.com", "DescribeTable", "dynamodb",
		"\"requestParameters\":{\"tableName\":\"%k\"},"
		"\"responseElements\":null,\"apiVersion\":\"2012-08-10\","
	  "\"resources\":[{\"accountId\":\"%a\",\"type\":"
		"\"AWS::DynamoDB::Table\",\"ARN\":\"arn:aws:dynamodb:us-east-1:%a:table/%k\"}]",
		true, 50 },
	{ "ec2.amazonaws.com", "DescribeVpcs", "ec2",
		"\"requestParameters\":{\"vpcSet\":{},\"filterSet\":{}},\"responseElements\":null", true, 145 },
	{ "ssm.amazonaws.com", "UpdateInstanceInformation", "ssm",
		"\"requestParameters\":{\"instanceId\":\"i-%i\","
		"\"agentVersion\":\"3.2.2303.0\",\"agentStatus\":\"Active\","
	  "\"platformType\":\"Linux\",\"platformName\":"
		"\"Amazon Linux\",\"platformVersion\":\"2023\",\"iPAddress\":\"10.0.%n.17\","
	  "\"computerName\":\"ip-10-0-%n.ec2"
		".internal\",\"agentName\":\"amazon-ssm-agent\"},\"responseElements\":null",
		false, 40 },
	{ "lambda.amazonaws.com", "ListFunctions20150331", "lambda",
		"\"requestParameters\":{\"masterRegion\":\"ALL\","
		"\"maxItems\":50},\"responseElements\":null",
		true, 30 },
	{ "iam.amazonaws.com", "GetRole", "iam",
		"\"requestParameters\":{\"roleName\":\"%k-reader\"},"
		"\"responseElements\":null,\"errorCode\":\"NoSuchEntityException\","
	  "\"errorMessage\":\"The role with name "
		"\\\"%k-reader\\\" cannot be found.\"",
		true, 25 },
	{ "secretsmanager.amazonaws.com", "GetSecretValue", "secretsmanager",
		"\"requestParameters\":{\"secretId\":"
		"\"arn:aws:secretsmanager:us-east-1:%a:secret:%k-%n\"},\"responseElements\":null",
		true, 22 },
	{ "ec2.amazonaws.com", "RunInstances", "ec2",
		"\"requestParameters\":{\"instancesSet\":{\"items\":[{\"imageId\":"
		"\"ami-%i\",\"minCount\":1,\"maxCount\":1}]},\"instanceType\":\"m6i.large\","
	  "\"blockDeviceMapping\":{},"
		"\"monitoring\":{\"enabled\":false}},"
	  "\"responseElements\":{\"reservationId\":\"r-%i\",\"ownerId\":\"%a\","
		"\"groupSet\":{},\"instancesSet\":{\"items\":[{\"instanceId\":\"i-%i\","
	  "\"imageId\":\"ami-%i\",\"instanceState\":"
		"{\"code\":0,\"name\":\"pending\"},"
	  "\"privateDnsName\":\"ip-10-0-1-%n.ec2.internal\",\"amiLaunchIndex\":0,"
		"\"productCodes\":{},\"instanceType\":\"m6i.large\",\"launchTime\":1795255200000}]}}",
		false, 3 },
	{ "ec2.amazonaws.com", "CreateNetworkInterface", "ec2",
		"\"requestParameters\":{\"subnetId\":\"subnet-%i\",\"description\":\"aws-K8S-i-%i\","
		"\"groupSet\":{\"items\":[{\"groupId\":\"sg-%i\"},{\"groupId\":\"sg-%i\"}]},"
		"\"privateIpAddressesSet\":{},\"ipv6AddressCount\":0,\"secondaryPrivateIpAddressCount\":2,"
		"\"clientToken\":\"%i%i\"},\"responseElements\":{\"requestId\":\"%i\","
		"\"networkInterface\":{\"networkInterfaceId\":\"eni-%i\",\"subnetId\":\"subnet-%i\","
		"\"vpcId\":\"vpc-%i\",\"availabilityZone\":\"us-east-1a\",\"description\":\"aws-K8S-i-%i\","
		"\"ownerId\":\"%a\",\"requesterId\":\"%i:i-%i\",\"requesterManaged\":false,"
		"\"status\":\"pending\",\"macAddress\":\"0e:5c:7f:%n\",\"privateIpAddress\":\"10.0.17.%n\","
		"\"privateDnsName\":\"ip-10-0-17-%n.ec2.internal\",\"sourceDestCheck\":true,"
		"\"interfaceType\":\"interface\",\"groupSet\":{\"items\":[{\"groupId\":\"sg-%i\","
		"\"groupName\":\"%k-nodes\"},{\"groupId\":\"sg-%i\",\"groupName\":\"%k-cluster\"}]},"
		"\"privateIpAddressesSet\":{\"item\":[{\"privateIpAddress\":\"10.0.17.%n\",\"primary\":true},"
		"{\"privateIpAddress\":\"10.0.17.%n\",\"primary\":false},"
		"{\"privateIpAddress\":\"10.0.17.%n\",\"primary\":false}]},\"ipv6AddressesSet\":{},"
		"\"tagSet\":{}}}",
		false, 45 },
	{ "signin.amazonaws.com", "ConsoleLogin", "signin",
		"\"requestParameters\":null,\"responseElements\":"
		"{\"ConsoleLogin\":\"Success\"},"
	  "\"additionalEventData\":{\"LoginTo\":\"https://console.aws.amazon.com/console/"
		"home?state=hashArgs%n\",\"MobileVersion\":\"No\",\"MFAUsed\":\"Yes\"}",
		false, 2 },
	{ "iam.amazonaws.com", "CreateUser", "iam",
		"\"requestParameters\":{\"userName\":\"%k-%n\"},"
		"\"responseElements\":{\"user\":{\"path\":\"/\","
	  "\"arn\":\"arn:aws:iam::%a:user/%k\",\"userId\":\"AIDAYEXAMPLE\"}}",
		false, 3 },
	{ "servicequotas.amazonaws.com", "GetServiceQuota", "servicequotas",
		"\"requestParameters\":{\"serviceCode\":"
		"\"ec2\",\"quotaCode\":\"L-1216C47A\"},\"responseElements\":null",
		true, 5 },
};

#endif
