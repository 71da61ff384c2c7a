"""What a browser does with our pages, for tests of the web face: forms with their token, no scripts."""

from html.parser import HTMLParser


class _Token(HTMLParser):
    value = ""

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "input" and found.get("name") == "csrf_token":
            self.value = found["value"]


def token(client, path="/login"):
    """Return the CSRF token of a page's form."""
    parser = _Token()
    parser.feed(client.get(path).text)
    return parser.value


def submit(client, path, page=None, **fields):
    """Post a form with the token of the page it stands on (the path itself, unless told)."""
    return client.post(path, data={"csrf_token": token(client, page or path), **fields})


def log_in(client, username, password):
    """Fill in the login form."""
    return submit(client, "/login", username=username, password=password)


SAMPLES = {"ref": "23456789AB"}  # what an argument may look like; others take 1


def addresses(app, beside):
    """Return (method, path) of every address of the program, save those of the endpoints named in ``beside``."""
    found = []
    for rule in app.url_map.iter_rules():
        path = rule.build({name: SAMPLES.get(name, "1") for name in rule.arguments})[1]
        if rule.endpoint not in beside:
            found += [(method, path) for method in sorted(rule.methods - {"OPTIONS", "HEAD"})]
    return found
