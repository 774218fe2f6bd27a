"""The command line of the real binary: what a wrong one is told, and what its flags do to who may talk to it."""

import http.server
import json
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest

import libcertificates
import libwebhook

ROOT = pathlib.Path(__file__).resolve().parents[2]
REVIEW = libwebhook.sample("create-opaque-validate")
TOKEN = "0123456789abcdef0123456789abcdef"


def run(*arguments, **environment):
    """(exit status, stdout, stderr) of the binary with these arguments."""
    done = subprocess.run([libwebhook.binary(), *map(str, arguments)], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=libwebhook.TIMEOUT, env=environment)
    return done.returncode, done.stdout, done.stderr


class CommandLine(unittest.TestCase):
    def test_version(self):
        status, said, _ = run("--version")
        self.assertEqual(status, 0)
        self.assertRegex(said, r"\Asecret-hygiene \S+\n\Z")

    def test_standard_output_on_a_full_disk_is_status_2_and_said(self):
        policies = ROOT / "policies" / "default"
        for arguments in (("version",), ("--help",), ("certs", "--help"), ("completion", "bash"), ("lint", "--schema"), ("policies", "print", "default"),
                          ("lint", policies), ("check", "-p", policies, ROOT / "tests" / "samples"), ("test", ROOT / "tests" / "policies")):
            with self.subTest(arguments), open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([libwebhook.binary(), *map(str, arguments)], stdout=full, stderr=subprocess.PIPE, text=True, check=False,
                                      timeout=libwebhook.TIMEOUT)
                self.assertEqual(done.returncode, 2)
                self.assertIn("cannot write to standard output\n", done.stderr)

    def test_help_names_the_commands(self):
        status, said, _ = run("--help")
        self.assertEqual(status, 0)
        for command in ("serve", "lint", "check", "label", "prune"):
            self.assertIn(f"  {command} ", said)

    def test_wrong_arguments_end_with_status_2_and_a_sentence_on_stderr(self):
        for arguments, told in (
                (("prun",), "unknown command prun; did you mean prune?"),
                (("certs", "rotat"), "unknown command rotat; did you mean rotate?"),
                (("serve",), "--policies is required"),
                (("serve", "--policies", "p"), "--tls-dir is required"),
                (("serve", "--policies", "p", "--tls-dir", "t", "--treads", "2"), "unknown flag --treads; did you mean --threads?"),
                (("serve", "--policies", "p", "--tls-dir", "t", "--threads", "99"), "--threads"),
                (("serve", "--policies", "p", "--tls-dir", "t", "--shutdown-delay", "soon"),
                 "expected a duration of at most 36500d, such as 500ms, 5s, 1m, 1h30m or 1d, not soon"),
                (("serve", "--counting", "exact"), "--counting: exact not in {local,strict}"),
                (("serve", "--when-counts-unknown", "ask"), "--when-counts-unknown: ask not in {allow,deny}"),
                (("serve", "--policies", "p", "--tls-dir", "t", "--counting=strict"), "--counting=strict needs --when-counts-unknown: deny"),
                (("serve", "--log-level", "loud"), "--log-level: loud not in {debug,info,warning,error}"),
                (("proxy", "--log-format", "xml"), "--log-format: xml not in {json,text}"),
                (("audit", "-A", "-n", "team-a"), "--namespace excludes --all-namespaces"),
                (("prune", "--chunk-size=0"), "--chunk-size"),
                (("check",), "FILE is required")):
            with self.subTest(arguments=arguments):
                status, said, error = run(*arguments)
                self.assertEqual((status, said), (2, ""), error)
                self.assertIn(told, error)

    def test_without_a_command_its_help_is_printed(self):
        for arguments in ((), ("certs",), ("policies",)):
            with self.subTest(arguments=arguments):
                status, said, error = run(*arguments)
                self.assertEqual((status, error), (0, ""))
                self.assertIn("Subcommands:", said)

    def test_flags_as_kubectl_users_write_them(self):
        whole = run("version", "--output", "json")
        self.assertEqual(whole[0], 0)
        for arguments in (("version", "-o=json"), ("version", "-ojson"), ("version", "--output=json"), ("-o", "json", "version"),
                          ("version", "-o", "text", "-o", "json")):
            with self.subTest(arguments=arguments):
                self.assertEqual(run(*arguments), whole)
        self.assertEqual(run("help", "version"), run("version", "--help"))

    def test_yaml_says_what_json_says(self):
        status, said, _ = run("version", "-o", "yaml")
        self.assertEqual(status, 0)
        self.assertIn(f"commit: {json.loads(run('version', '-o', 'json')[1])['commit']}\n", said.replace('"', ""))
        self.assertRegex(said, r"\Aversion: \S+\n(.*\n)*libraries:\n  Boost: ")

    def test_version_says_what_the_program_is_made_of(self):
        status, said, _ = run("version", "-o", "json")
        self.assertEqual(status, 0)
        made = json.loads(said)
        self.assertRegex(made["commit"], r"\A([0-9a-f]{40}(-modified)?|unknown)\Z")
        self.assertIn("OpenSSL", made["libraries"])
        self.assertIn(made["version"], run("--version")[1])

    def test_policies_that_the_program_brings_along_are_those_of_the_tree(self):
        for name in ("default", "strict"):
            with self.subTest(name=name):
                status, said, _ = run("policies", "print", name)
                self.assertEqual(status, 0)
                files = [path for path in sorted((ROOT / "policies" / name).glob("*.yaml")) if path.name != "kustomization.yaml"]
                self.assertEqual(said, "---\n".join(f"# {name}/{path.name}\n{path.read_text()}" for path in files))

    def test_the_man_page_is_made_of_what_help_is_made_of(self):
        status, said, _ = run("__man")
        self.assertEqual(status, 0)
        self.assertEqual(said, (ROOT / "docs" / "secret-hygiene.1").read_text(encoding="utf-8"),
                         "make it anew: secret-hygiene __man > docs/secret-hygiene.1")
        plain = said.replace("\\-", "-")
        for command in self.commands():
            _, help_text, _ = run(*command.split(), "--help")
            with self.subTest(command=command):
                self.assertIn(f"\n.SS {command}\n", plain)
                section = re.split(r"\n\.S[SH] ", plain.partition(f"\n.SS {command}\n")[2])[0]
                self.assertEqual(set(re.findall(r"^  (?:-\w,)?(--[\w-]+)", help_text, re.MULTILINE)) - {"--help"},
                                 set(re.findall(r"\\fB(--[\w-]+)\\fR", section.split("\n.PP\n")[0])))

    def test_groff_finds_nothing_wrong_with_the_man_page(self):
        groff = shutil.which("groff")
        if groff is None:
            self.skipTest("groff is not installed")
        done = subprocess.run([groff, "-man", "-Tutf8", "-ww", "-z", ROOT / "docs" / "secret-hygiene.1"], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_requests_are_said_with_their_time_and_without_what_they_carry(self):
        secret = {"kind": "SecretList", "metadata": {}, "items": [
            {"metadata": {"name": "a", "namespace": "b"}, "type": "Opaque", "data": {"k": "dmFsdWU="}}]}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # pylint: disable=invalid-name  (the name is the library's)
                body = json.dumps(secret).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        url = f"http://127.0.0.1:{server.server_port}"
        with tempfile.TemporaryDirectory() as directory:
            kubeconfig = pathlib.Path(directory) / "kubeconfig"
            kubeconfig.write_text(json.dumps({
                "apiVersion": "v1", "kind": "Config", "current-context": "a", "clusters": [{"name": "a", "cluster": {"server": url}}],
                "users": [{"name": "a", "user": {"token": TOKEN}}], "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}]}))
            arguments = ("audit", "-A", "-p", ROOT / "policies" / "default", "--chunk-size=50", "--kubeconfig", kubeconfig)
            status, plain, error = run(*arguments)
            self.assertEqual((status, error), (0, ""))
            status, said, error = run(*arguments, "-v")
        self.assertEqual((status, said), (0, plain))
        self.assertRegex(error, rf"\AGET {re.escape(url)}/api/v1/secrets\?limit=50 200 in \d+ ms\n\Z")

    def test_only_the_variables_of_the_command_that_runs_matter(self):
        self.assertEqual(run("version", SECRET_HYGIENE_THREADS="many", SECRET_HYGIENE_READ="nothing")[0], 0)
        status, _, error = run("audit", SECRET_HYGIENE_OUTPUT="github")
        self.assertEqual(status, 2)
        self.assertIn("(from the environment variable SECRET_HYGIENE_OUTPUT)", error)

    def commands(self):
        _, said, _ = run("--help")
        names = [line.split()[0] for line in said.partition("Subcommands:")[2].splitlines() if re.match(r"  \w", line)]
        self.assertIn("prune", names)
        return [*names, "certs init", "certs rotate", "certs show", "policies print"]

    def test_a_process_substitution_is_a_file(self):
        policies = ROOT / "policies" / "default" / "oversized.yaml"
        script = ("set -e; printf 'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n' >$0/secret.yaml\n"
                  "$1 lint <(cat $2)\n$1 check -p <(cat $2) <(cat $0/secret.yaml)\n")
        with tempfile.TemporaryDirectory() as directory:
            done = subprocess.run(["bash", "-c", script, directory, libwebhook.binary(), policies], capture_output=True, text=True,
                                  check=False, stdin=subprocess.DEVNULL, timeout=libwebhook.TIMEOUT)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("1 Secret: 1 allowed", done.stdout + done.stderr)

    def test_every_help_begins_with_a_sentence_and_fits_100_columns(self):
        for command in self.commands():
            _, said, _ = run(*command.split(), "--help")
            with self.subTest(command=command):
                self.assertRegex(said, r"\A[A-Z][^\n]+\n")
                self.assertEqual([line for line in said.splitlines() if len(line) > 100], [])

    def test_no_variable_turns_a_dry_run_into_the_real_thing(self):
        # Flags without a value that may stay set: none of them changes what is stored.
        harmless = {"--no-headers", "--all-namespaces", "--events", "--inject-token", "--fallback", "--sizes", "--insecure-http", "--verbose", "--schema", "--help"}
        for command in self.commands():
            _, said, _ = run(*command.split(), "--help")
            only_typed = set(re.findall(r"--[\w-]+", said.partition("Environment: ")[2].partition("; not ")[2]))
            with self.subTest(command=command):
                flags = set(re.findall(r"^  (?:-\w,)?(--[\w-]+)(?:  |$)", said, re.MULTILINE))
                self.assertLessEqual(flags - only_typed, harmless)
                self.assertLessEqual(only_typed, {"--apply", "--force", "--remove-all"})


class Serve(libwebhook.WebhookTest):
    def test_flags_that_cannot_be_served_with_end_with_status_2_and_a_sentence(self):
        tls = self.certificates()
        short = self.directory / "short-token"
        short.write_text("guess me\n")
        missing = self.directory / "nothing-here"
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            for arguments, told in (
                    (("--endpoint-token", short), f"{short} must hold one token of 22 to 256"),
                    (("--endpoint-token", missing), f"{missing}: cannot be read: No such file or directory"),
                    (("--client-ca", missing), f"{missing}: cannot be read: No such file or directory"),
                    (("--client-ca", tls.key), "the client CA is not PEM"),
                    (("--client-name", "apiserver"), "--client-name needs --client-ca"),
                    (("--ledger", "counts"), '--ledger: write NAMESPACE/NAME of a ConfigMap, not "counts"')):
                with self.subTest(arguments=arguments):
                    status, said = self.fails_to_start(certificates=tls, arguments=arguments)
                    self.assertEqual(status, 2, said)
                    self.assertIn("secret-hygiene serve: ", said)
                    self.assertIn(told, said)
            for flag, address, told in (
                    ("--listen", f"127.0.0.1:{port}", "Address already in use"),
                    ("--metrics-listen", f"127.0.0.1:{port}", "Address already in use"),
                    ("--status-listen", f"127.0.0.1:{port}", "Address already in use"),
                    ("--listen", "8443", '"8443" is not HOST:PORT'),
                    ("--listen", "localhost:8443", '"localhost" is not an IP address to listen on')):
                with self.subTest(flag=flag, address=address):
                    flags = {"--policies": libwebhook.DEFAULT_POLICIES, "--tls-dir": tls.directory,
                             "--listen": "127.0.0.1:0", "--metrics-listen": "127.0.0.1:0", flag: address}
                    status, said, error = run("serve", *(word for pair in flags.items() for word in pair))
                    self.assertEqual((status, said), (2, ""))
                    last = error.splitlines()[-1]
                    self.assertTrue(last.startswith(f"secret-hygiene serve: {flag}"), error)
                    self.assertIn(told, last)

    def test_flags_are_taken_from_the_environment_and_the_command_line_wins(self):
        token = self.directory / "token"
        token.write_text(TOKEN)
        webhook = self.start(arguments=["--log-level", "debug"], environment={
            "SECRET_HYGIENE_ENDPOINT_TOKEN": str(token), "SECRET_HYGIENE_THREADS": "3",
            "SECRET_HYGIENE_LOG_LEVEL": "error"})
        self.assertEqual(webhook.events("serving")[0]["threads"], 3)
        self.assertEqual(webhook.post(f"/validate/{TOKEN}", REVIEW).status, 200)
        status, _, error = run("serve", SECRET_HYGIENE_POLICIES=str(self.directory / "p"),
                               SECRET_HYGIENE_TLS_DIR="t")
        self.assertEqual((status, "/p: " in error), (2, True), error)
        status, _, error = run("serve", "--policies", "p", "--tls-dir", "t", SECRET_HYGIENE_THREADS="many")
        self.assertEqual((status, "many" in error), (2, True), error)

    def test_with_an_endpoint_token_only_the_paths_that_end_in_it_answer(self):
        token = self.directory / "token"
        token.write_text(TOKEN + "\n")
        webhook = self.start(arguments=["--endpoint-token", token])
        for path in (f"/validate/{TOKEN}", f"/mutate/{TOKEN}?timeout=10s"):
            webhook.review(path, REVIEW)
        for path in ("/validate", "/mutate", "/validate/", f"/validate/{TOKEN}x", f"/validate/{TOKEN[:-1]}",
                     f"/validate/{TOKEN[:-1]}e", f"/{TOKEN}"):
            with self.subTest(path=path):
                self.assertEqual(webhook.post(path, REVIEW).status, 404)
        webhook.process.stop()
        self.assertNotIn(TOKEN, webhook.log_text())

    def test_with_a_client_ca_and_name_strangers_are_refused_in_the_handshake(self):
        api_server = libcertificates.client(self.directory / "api-server", "kube-apiserver")
        somebody = libcertificates.client(self.directory / "somebody", "kube-apiserver", "another CA")
        webhook = self.start(arguments=["--client-ca", api_server.ca, "--client-name", "kube-apiserver"])
        connection = webhook.connection(webhook.tls_context(api_server))
        self.addCleanup(connection.close)
        self.assertTrue(webhook.review("/validate", REVIEW, connection)["allowed"])
        for name, client in (("no certificate", None), ("of another CA", somebody)):
            with self.subTest(name):
                self.assert_refused(webhook, client)
        other_name = self.start(arguments=["--client-ca", api_server.ca, "--client-name", "front-proxy"])
        self.assert_refused(other_name, api_server)

    def assert_refused(self, webhook, client):
        """TLS 1.2 is asked for, where the client learns of the refusal before it can send anything."""
        context = webhook.tls_context(client)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with self.assertRaises((ssl.SSLError, ConnectionResetError)):
            webhook.tls(context).close()
        context.maximum_version = ssl.TLSVersion.TLSv1_3
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            webhook.post("/validate", REVIEW, connection=webhook.connection(context))

    def test_a_log_in_text_has_one_line_an_event(self):
        process = libwebhook.WebhookProcess(
            libwebhook.binary(), ["--policies", libwebhook.DEFAULT_POLICIES, "--tls-dir", self.certificates().directory,
                                  "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--status-listen", "127.0.0.1:0",
                                  "--shutdown-delay", "0s", "--log-format", "text"])
        self.addCleanup(process.stop)
        libwebhook.wait_until(lambda: any(" serving " in line for line in process.lines), "it says that it serves")
        self.assertEqual(process.stop(), 0)
        self.assertEqual(process.events(), [])


class PolicyCases(unittest.TestCase):
    """`test` with the cases of tests/policies, which the shipped policies must pass."""

    def test_every_case_passes(self):
        status, said, error = run("test", ROOT / "tests" / "policies")
        self.assertEqual(status, 0, said)
        self.assertRegex(error, r"^limits across Secrets \(.*\) are not judged by test\n$")
        self.assertNotIn("FAIL", said)

    def test_the_example_in_the_documents_passes(self):
        page = (ROOT / "docs" / "test.md").read_text(encoding="utf-8")
        example = re.search(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL).group(1)
        with tempfile.TemporaryDirectory() as scratch:
            file = pathlib.Path(scratch) / "cases.yaml"
            file.write_text(example.replace("../../policies", str(ROOT / "policies")), encoding="utf-8")
            status, said, error = run("test", file)
        self.assertEqual((status, error), (0, ""), said)

    def test_a_case_names_every_policy(self):
        for path in self.policy_files():
            cases = path.name if path.parent.name == "examples" else f"{path.parent.name}.yaml"
            text = (ROOT / "tests" / "policies" / cases).read_text(encoding="utf-8")
            lists = re.findall(r"(?:applies|policy): (\[[^\]]*\]|[\w-]+)", text)
            named = {name for names in lists for name in re.findall(r"[\w-]+", names)}
            for name in re.findall(r"^metadata:\n  name: (\S+)$", path.read_text(encoding="utf-8"), re.MULTILINE):
                with self.subTest(file=path.name, policy=name):
                    self.assertIn(name, named)

    def test_every_policy_file_begins_with_what_it_does(self):
        for path in self.policy_files():
            with self.subTest(file=path.name):
                first = "# For " if path.parent.name == "examples" else "# "
                self.assertTrue(path.read_text(encoding="utf-8").startswith(first))

    @staticmethod
    def policy_files():
        return [path for path in sorted((ROOT / "policies").glob("*/*.yaml")) if path.name != "kustomization.yaml"]


if __name__ == "__main__":
    unittest.main()
