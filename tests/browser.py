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
