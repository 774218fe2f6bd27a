"""Manifests of every shape, what `secret-hygiene check` says of each, and whether kubectl reads it."""

import textwrap
import typing

HEAD = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n"
SECRET = HEAD + "stringData: {k: v}\n"
JSON = '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"stringData":{"k":"v"}}'


class Input(typing.NamedTuple):
    text: str | bytes
    secrets: int = 1  # that are judged
    error: str = ""  # the first, with its place; the exit status is 2 then, else 0
    # True where kubectl reads what `check` refuses: it sends what the API server refuses, or drops without a word, or reads
    # JSON that is none. False where it does not read what `check` takes.
    kubectl: bool | None = None

    def data(self):
        return self.text if isinstance(self.text, bytes) else self.text.encode()

    def read_by_kubectl(self):
        return not self.error if self.kubectl is None else self.kubectl


def list_of(*items, kind="List"):
    return '{"apiVersion":"v1","kind":"%s","items":[%s]}' % (kind, ",".join(items))


INPUTS = {
    "one Secret": Input(SECRET),
    "no newline at the end": Input(SECRET.rstrip("\n")),
    "CRLF": Input(SECRET.replace("\n", "\r\n")),
    "CR only": Input(SECRET.replace("\n", "\r"), 0, "1:20: not YAML (illegal map value)", kubectl=True),
    "a byte order mark before ---": Input("\ufeff---\n" + SECRET),
    "a byte order mark at a later document": Input(SECRET + "---\n\ufeff" + SECRET, 2),
    "a byte order mark before a later ---": Input(SECRET + "\ufeff---\n" + SECRET, 2, kubectl=False),
    "UTF-16": Input(SECRET.encode("utf-16")),
    "UTF-16 without a byte order mark": Input(SECRET.encode("utf-16-le"), 0, "1:2: a byte that is not allowed in YAML"),
    "UTF-16 JSON": Input(JSON.encode("utf-16")),
    "Latin-1": Input((HEAD + "stringData: {k: ").encode() + b"\xe9}\n", 0, "4:17: not UTF-8", kubectl=True),
    "a zero byte": Input(HEAD + "stringData: {k: 'a\0b'}\n", 0, "4:19: a byte that is not allowed in YAML"),
    "a control character": Input(HEAD + "stringData: {k: 'a\x07b'}\n", 0, "4:19: a byte that is not allowed in YAML"),
    "nothing": Input("", 0, "1:1: it is empty: there is nothing to judge", kubectl=True),
    "blank lines": Input("\n \n", 0, "3:1: it is empty: there is nothing to judge", kubectl=True),
    "comments only": Input("# a\n# b\n", 0),
    "only ---": Input("---\n", 0),
    "--- with a comment": Input("--- # c\n" + SECRET + "--- # d\n" + SECRET, 2),
    "--- with blanks behind it": Input(SECRET + "---   \n" + SECRET, 2),
    "--- with text": Input(SECRET + "--- text\n" + SECRET, 1, "5:5: expected an object: a Secret, a List or an AdmissionReview"),
    "--- with a mapping": Input(SECRET + "--- {apiVersion: v1}\n", 1, "5:5: the object has no kind, so it is not a Kubernetes manifest"),
    "four dashes": Input(SECRET + "----\n" + SECRET, 0, "6:11: not YAML (illegal map value)"),
    "--- without a blank": Input(SECRET + "---x\n" + SECRET, 0, "6:11: not YAML (illegal map value)"),
    "--- indented": Input(SECRET + " ---\n" + SECRET, 0, "5:2: not YAML (expected a key and a colon here)"),
    "--- with CRLF": Input((SECRET + "---\n" + SECRET).replace("\n", "\r\n"), 2),
    "...": Input(SECRET + "...\n"),
    "... and another document": Input(SECRET + "...\n" + SECRET, 2),
    "... and ---": Input(SECRET + "...\n---\n" + SECRET, 2),
    "... with text": Input(SECRET + "... text\n", 1, "5:5: text follows the document; separate documents with a line `---`", kubectl=True),
    "%YAML 1.1": Input("%YAML 1.1\n---\n" + SECRET, kubectl=False),
    "%YAML 1.2": Input("%YAML 1.2\n---\n" + SECRET, kubectl=False),
    "--- in a block": Input(HEAD + "stringData:\n  k: |\n    a\n    ---\n    b\n"),
    "--- in a quoted text": Input(HEAD + "stringData:\n  k: \"a\n---\n  b\"\n", 0, "6:1: not YAML (illegal document indicator in scalar)"),
    "a tab as indentation": Input(HEAD + "stringData:\n\tk: v\n", 0, "5:3: not YAML (illegal map value)"),
    "a tab between key and value": Input(HEAD + "stringData: {k:\tv}\n"),
    "a tab before a comment": Input(HEAD + "stringData: {k: v}\t# c\n"),
    "a line of a tab": Input(HEAD + "\t\nstringData: {k: v}\n", kubectl=False),
    "a key twice": Input(HEAD + "stringData: {k: v, k: w}\n", 0, "4:20: the key k is given twice; first on line 4", kubectl=True),
    "stringData twice": Input(SECRET + "stringData: {k: w}\n", 0, "5:1: the key stringData is given twice; first on line 4", kubectl=True),
    "a key twice in JSON": Input(
        JSON[:-1] + ',"kind":"Secret"}',
        0, "1:98: an object gives a key twice; the rest of this input was not judged", kubectl=True),
    "a conflict of git": Input("<<<<<<< HEAD\n" + SECRET + "=======\n" + SECRET + ">>>>>>> x\n", 0, "2:11: not YAML (illegal map value)"),
    "text that fell out of a block": Input(
        HEAD + "stringData:\n  k: |\n    abc\nmore text\n",
        0, "7:1: not YAML (expected a key and a colon here)"),
    "text left over, and a document": Input(SECRET + "oops\n---\n" + SECRET, 1, "5:1: not YAML (expected a key and a colon here)"),
    "one byte": Input("x", 0, "1:1: expected an object: a Secret, a List or an AdmissionReview"),
    "{} and nothing else": Input("{}", 0, "1: the object has no kind, so it is not a Kubernetes manifest"),
    "[] and nothing else": Input("[]", 0, "1:1: expected an object: a Secret, a List or an AdmissionReview"),
    "null": Input("null\n", 0),
    "~ as a document": Input(SECRET + "---\n~\n"),
    "JSON": Input(JSON),
    "two JSON documents": Input(JSON + JSON, 2),
    "JSON documents with --- between": Input(JSON + "\n---\n" + JSON + "\n", 2),
    "JSON with a trailing comma": Input(
        JSON[:-1] + ",}",
        0, "1:83: not JSON: syntax error; the rest of this input was not judged", kubectl=True),
    "a JSON array with a trailing comma": Input(
        list_of(JSON + ","),
        1, "1:126: not JSON: syntax error; the rest of this input was not judged", kubectl=True),
    "JSON behind a comment": Input("// c\n" + JSON, 0, "1:1: expected an object: a Secret, a List or an AdmissionReview"),
    "a comment in JSON": Input(JSON[:-1] + "/* c */}", 0, "1:82: not JSON: syntax error; the rest of this input was not judged"),
    "JSON and text behind it": Input(JSON + "\ntext\n", 1, "2:1: expected an object: a Secret, a List or an AdmissionReview"),
    "JSON and a brace too many": Input(JSON + "}", 1, "1:1: not YAML (illegal flow end)"),
    "JSON and a comma": Input(JSON + ",", 1, "1:1: text follows the document; separate documents with a line `---`"),
    "JSON that is cut": Input(JSON[:-1], 0, "1:82: the text ends before its JSON document is complete"),
    "JSON with single quotes": Input(JSON.replace('"', "'")),
    "a JSON array": Input("[" + JSON + "]", 0, "1:1: expected an object: a Secret, a List or an AdmissionReview"),
    "JSON, then YAML": Input(JSON + "\n---\n" + SECRET, 2),
    "YAML, then JSON": Input(SECRET + "---\n" + JSON + "\n", 2),
    "YAML in braces": Input("{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {k: v}}\n"),
    "YAML in braces, not closed": Input(
        "{apiVersion: v1, kind: Secret, metadata: {name: a}\n",
        0, "1:1: a key is a mapping or a sequence; it must be a string"),
    "a List": Input(list_of(JSON, JSON), 2),
    "a List in a List": Input(list_of(list_of(JSON), JSON), 2, kubectl=False),
    "a List in a List in a List": Input(
        list_of(list_of(list_of(JSON))),
        0, "1:127: a List in a List in a List is not read; the rest of this input was not judged"),
    "a SecretList": Input(list_of(JSON, kind="SecretList")),
    "a List whose items are null": Input('{"apiVersion":"v1","kind":"List","items":null}', 0),
    "a List with null": Input(list_of("null", JSON), 1, "1: an item of the list has no kind"),
    "a List with an item that gives no kind": Input(list_of('{"a":1}', JSON), 1, "1: an item of the list has no kind"),
    "a List with an alias": Input("kind: List\napiVersion: v1\nitems:\n- &s\n" + textwrap.indent(SECRET, "  ") + "- *s\n", 2),
    "SOPS": Input(SECRET + "sops: {mac: x}\n", 0),
    "a placeholder of Argo CD": Input(HEAD + "data: {k: <path:a#b>}\n", 0),
    "a kustomization without kind": Input("resources: [a.yaml]\n", 0, "1:1: the object has no kind, so it is not a Kubernetes manifest"),
    "a kustomization": Input("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a]\n", 0),
    "a template that begins with if": Input(
        "{{- if .Values.a }}\n" + SECRET + "{{- end }}\n",
        0, "1:3: not YAML (illegal block entry); this looks like a template; render it first: helm template"),
    "a template in braces": Input(
        HEAD.replace("a}", "{{ .Values.a }}}") + "stringData: {k: v}\n",
        0, "3:19: a key is a mapping or a sequence; it must be a string; this looks like a template; render it first: helm template"),
    "a template for a name": Input(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ .Values.name }}\n",
        0, "4:10: a key is a mapping or a sequence; it must be a string; this looks like a template; render it first: helm template"),
    "a template in quotes": Input("apiVersion: v1\nkind: Secret\nmetadata:\n  name: '{{ .Values.name }}'\n"),
    "a template with a comment": Input(
        "{{/* c */}}\n" + SECRET,
        0, "1:2: a key is a mapping or a sequence; it must be a string; this looks like a template; render it first: helm template"),
    "kind secret": Input(SECRET.replace("Secret", "secret"), 0, "1:1: kind secret: did you mean Secret?", kubectl=True),
    "apiVersion V1": Input(SECRET.replace("v1", "V1"), 0, "1:1: apiVersion V1: did you mean v1?", kubectl=True),
    "stringdata": Input(SECRET.replace("stringData", "stringdata"), 0, "4:1: stringdata: did you mean stringData?", kubectl=True),
    "no apiVersion": Input(SECRET.replace("apiVersion: v1\n", ""), 0, "1:1: a Secret without apiVersion; expected v1", kubectl=True),
    "no kind": Input(SECRET.replace("kind: Secret\n", ""), 0, "1:1: the object has no kind, so it is not a Kubernetes manifest"),
    "a number in data": Input(HEAD + "data: {k: 1}\n", 0, "4:11: data.k: expected a string, found a number", kubectl=True),
    "yes in stringData": Input(HEAD + "stringData: {k: yes}\n", 0, "4:17: stringData.k: expected a string, found a boolean", kubectl=True),
    "null in stringData": Input(HEAD + "stringData: {k: }\n"),
    "data that is null": Input(HEAD + "data:\n"),
    "data that is not base64": Input(HEAD + "data: {k: '?'}\n", 0, "4:11: data.k: not base64", kubectl=True),
    "an alias": Input(HEAD + "x: &x {k: v}\nstringData: *x\n"),
    "a merge key": Input(HEAD + "x: &x {k: v}\nstringData:\n  <<: *x\n  l: w\n"),
    "a merge key behind what it changes": Input(
        HEAD + "stringData:\n  k: v\n  <<: {k: w}\n",
        0, "6:3: this merge key (<<) changes the key k of line 5 in kubectl but not in other tools; write << first", kubectl=True),
    "an alias of nothing": Input(HEAD + "stringData: *x\n", 0, "4:13: not YAML (the referenced anchor is not defined)"),
    "an alias within its anchor": Input(HEAD + "stringData: &x {k: *x}\n", 0, "4:20: an alias is inside the value that it refers to"),
    "!!binary": Input(
        HEAD + "data: {k: !!binary aGk=}\n",
        0, "4:11: only the tag !!str is supported on a scalar; remove this tag, and quote strings", kubectl=True),
    "!!int": Input(
        HEAD + "stringData: {k: !!int 3}\n",
        0, "4:17: only the tag !!str is supported on a scalar; remove this tag, and quote strings", kubectl=True),
    "!!str": Input(HEAD + "stringData: {k: !!str 3}\n"),
    "a tag of its own": Input(HEAD + "stringData: {k: !mine v}\n"),
    "a sequence as a key": Input(HEAD + "stringData: {? [a] : b}\n", 0, "4:16: a key is a mapping or a sequence; it must be a string"),
    "an explicit key": Input(HEAD + "stringData:\n  ? k\n  : v\n"),
    "a key without a colon in braces": Input(HEAD + "stringData: {k}\n"),
    "a quoted text that is cut": Input(HEAD + "stringData: {k: \"v\n", 0, "5:1: not YAML (illegal document indicator in scalar)"),
    "a value of 2 MB": Input(HEAD + "stringData: {k: " + "v" * 2000000 + "}\n"),
    "a block of 1.5 MB": Input(HEAD + "stringData:\n  k: |\n" + ("    " + "v" * 76 + "\n") * 20000),
    "70 levels": Input(HEAD + "x: " + "[" * 70 + "]" * 70 + "\n", 0, "4:67: nested deeper than 64", kubectl=True),
    "20000 levels": Input(HEAD + "x: " + "[" * 20000 + "]" * 20000 + "\n", 0, "4:67: nested deeper than 64"),
    "a colon at the end": Input(HEAD + "stringData:\n  k: a:b\n  l: c:\n", 0, "6:7: not YAML (illegal map value)"),
    "a value that begins with @": Input(HEAD + "stringData:\n  k: @v\n", 0, "5:6: not YAML (unknown token)"),
    "a value that begins with *": Input(HEAD + "stringData:\n  k: *.x\n", 0, "5:6: not YAML (the referenced anchor is not defined)"),
    "keys that are not aligned": Input(HEAD + "stringData:\n   k: v\n  l: w\n", 0, "6:3: not YAML (expected a key and a colon here)"),
    "a sequence for stringData": Input(HEAD + "stringData:\n- k\n", 0, "5:1: stringData: expected an object, found an array", kubectl=True),
    "true as a key": Input(HEAD + "stringData: {true: v}\n"),
    "null as a key": Input(HEAD + "stringData: {null: v}\n", 0, "4:14: a key is null; it must be a string"),
    "umlauts and emoji": Input(HEAD + "stringData: {k: äöü€😀}\n"),
    "U+0085": Input(HEAD + "stringData: {k: 'a\u0085b'}\n"),
    "a form feed": Input(SECRET + "\x0c\n", 1, "5:1: a byte that is not allowed in YAML"),
    "a document of blanks": Input(SECRET + "---\n   \n" + "---\n# c\n"),
    "text behind a quoted text": Input(HEAD + "stringData:\n  k: \"v\" w\n", 0, "5:10: not YAML (expected a key and a colon here)"),
    "a brace too many": Input(HEAD + "stringData: {k: v}}\n", 0, "4:19: not YAML (illegal flow end)"),
    "blank lines first": Input("\n\n\n" + SECRET),
    "an indented document": Input(textwrap.indent(SECRET, "  ")),
    "a first line that is indented": Input(" " + SECRET, 0, "1:2: the object has no kind, so it is not a Kubernetes manifest"),
}
