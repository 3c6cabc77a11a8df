"""The shipped rules in the hands of sigma-cli: it finds no error in them, and converts every one for two backends. All of
it works without a network: of the validators the two that would fetch a list are left out, and tags are looked up here."""
import pathlib
import re

import yaml

import asking

FOLDERS = [asking.TOP / "policies" / name for name in ("detect", "optional", "suppress")]
# Two that take filters and nearly everything, and two for the one type of correlation that these lack.
BACKENDS, ORDERED_BACKENDS = ["splunk", "esql"], ["sqlite", "open_search_ppl"]
NEED_NETWORK = ["attacktag", "d3_fendtag"]


def files():
    return sorted(p for folder in FOLDERS for p in folder.rglob("*.yml"))


def documents():
    """Sigma documents of all files, those that others refer to first: pySigma's own sorting is only sound then."""
    found = []
    for path in files():
        for text in re.split(r"^---\s*$", path.read_text(), flags=re.M):
            document = yaml.safe_load(text)
            if document is not None and {"detection", "correlation", "filter"} & set(document):
                found.append((document, text))
    done, names = [], set()
    while found:
        ready = [d for d in found if not references(d[0]) - names]
        if not ready:
            raise asking.Failure(f"rules that refer to what is not there: {[d['title'] for d, _ in found]}")
        done += ready
        found = [d for d in found if d not in ready]
        names |= {d.get(key) for d, _ in ready for key in ("id", "name")}
    return done


def references(document):
    named = (document.get("correlation") or document.get("filter") or {}).get("rules", [])
    return set() if named == "any" else set([named] if isinstance(named, str) else named)


def sigma(place, *arguments):
    """Runs sigma-cli with a home of its own, so that nothing kept from an earlier run helps it."""
    return asking.run(asking.CLI, *arguments, env={"HOME": str(place)})


def test_check(place):
    """sigma check finds no error in the shipped rules."""
    (place / "all.yml").write_text("\n---\n".join(text for _, text in documents()))
    excluded = [word for name in NEED_NETWORK for word in ("-x", name)]
    done = sigma(place, "check", *excluded, *FOLDERS)
    found = re.search(r"Found (\d+) errors, (\d+) condition errors and (\d+) issues", done.stdout)
    print(f"  {found[0] if found else done.stderr[-500:]}, in {len(files())} files")
    return done.returncode == 0 and found is not None and found[1] == found[2] == "0"


def with_references(chosen, made):
    """The chosen documents and all that they refer to, in the order of made."""
    names = set()
    for document, _ in reversed(made):
        if document in chosen or {document.get("id"), document.get("name")} & names:
            names |= references(document) | {document.get("id")}
    return [d for d in made if {d[0].get("id"), d[0].get("name")} & names]


def is_ordered(document):
    return document.get("correlation", {}).get("type") == "temporal_ordered"


def test_convert(place):
    """sigma convert takes every shipped rule, for two backends."""
    made = documents()
    ordered = [d for d, _ in made if is_ordered(d)]
    lots = [(backend, [d for d in made if not is_ordered(d[0])]) for backend in BACKENDS]
    lots += [(backend, with_references(ordered, made)) for backend in ORDERED_BACKENDS]
    is_good = True
    for backend, lot in lots:
        (place / "some.yml").write_text("\n---\n".join(text for _, text in lot))
        done = sigma(place, "convert", "-t", backend, "--without-pipeline", place / "some.yml")
        print(f"  {backend}: {len(lot)} documents, {len(done.stdout.split())} words")
        if done.returncode != 0 or len(done.stdout.split()) < len(lot):
            print(f"FAIL {backend}: {done.stderr[-400:]}")
            is_good = False
    return is_good


def test_tags(place):
    """Tags of shipped rules name tactics and techniques that there are."""
    lines = pathlib.Path(asking.HERE / "techniques.txt").read_text().splitlines()
    known = {line for line in lines if not line.startswith("#")}
    wrong = [(document["title"], tag) for document, _ in documents() for tag in document.get("tags", [])
        if tag.startswith("attack.") and tag[len("attack."):] not in known]
    for title, tag in wrong:
        print(f"FAIL {title}: {tag} is not in techniques.txt")
    return not wrong
