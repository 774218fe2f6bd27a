"""Holds the sources and documents to what text.py checks, and shows that a bad one is found.

With SECRET_HYGIENE_BINARY in the environment, also that every flag of the program is documented.
"""

import os
import pathlib
import re
import tempfile
import unittest

import reference
import text

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


# What publishes, and nothing beside it.
JOBS_THAT_WRITE = {"release.yaml": {"image": ["attestations", "id-token", "packages"],
                                    "publish": ["attestations", "contents", "id-token", "packages"]}}


class ThisTree(unittest.TestCase):
    def test_ctest_can_pass_on_the_name_of_each_case(self):
        """Catch2 takes a name that begins with these as a flag, a tag or an exclusion."""
        for path in (ROOT / "tests").rglob("*.cpp"):
            names = re.findall(r'TEST_CASE\(\s*"(.*?)"', path.read_text(encoding="utf-8"))
            self.assertEqual([name for name in names if name[0] in "-[~*"], [], path)

    def test_each_state_of_the_relay_has_a_test(self):
        header = (ROOT / "webhook" / "proxy" / "relay.hpp").read_text(encoding="utf-8")
        rows = header.partition("//   state ")[2].partition("// * anew")[0].splitlines()[1:]
        states = {re.split(r"\s{2,}", row.removeprefix("//   "))[0].replace(" ", "-") for row in rows}
        tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "proxy").glob("*_test.cpp"))
        self.assertGreater(len(states), 10)
        self.assertEqual({state for state in states if f"[{state}]" not in tests}, set())

    def test_sources_keep_their_length_and_open_with_a_comment(self):
        self.assertEqual(text.check_sources(ROOT), [])

    def test_a_class_lies_beside_its_header_and_in_no_other_file(self):
        self.assertEqual(text.check_one_header(ROOT), [])

    def test_no_folder_holds_more_than_a_reader_takes_in(self):
        self.assertEqual(text.check_folders(ROOT), [])

    def test_links_between_documents_lead_somewhere(self):
        self.assertGreater(len(text.documents(ROOT)), 3)
        self.assertEqual(text.check_links(ROOT), [])

    def test_the_files_that_documents_name_are_there(self):
        self.assertEqual(text.check_paths(ROOT), [])

    def test_the_architecture_fits_three_pages(self):
        self.assertEqual(text.check_architecture(ROOT), [])

    def test_an_address_that_is_yet_to_be_filled_in_stands_in_one_place(self):
        for placeholder, name in text.PLACEHOLDERS.items():
            with self.subTest(placeholder):
                self.assertEqual(text.places_of(ROOT, placeholder), [name])

    def test_whoever_opens_an_issue_or_a_pull_request_is_told_to_paste_no_value(self):
        forms = [path for path in (ROOT / ".github").rglob("*")
                 if path.suffix in (".md", ".yml") and path.name not in ("config.yml", "dependabot.yml")]
        self.assertEqual(len(forms), 3)
        for form in forms:
            with self.subTest(form.name):
                self.assertIn("Never paste the value of a Secret", form.read_text(encoding="utf-8"))

    def test_people_find_how_the_project_is_run(self):
        for name in ("SECURITY.md", "GOVERNANCE.md", "CODE_OF_CONDUCT.md", "docs/versioning.md", "docs/best-practices.md"):
            with self.subTest(name):
                self.assertTrue((ROOT / name).exists())
                linked = [page for page in text.documents(ROOT) if name.rsplit("/", 1)[-1] + ")" in page.read_text(encoding="utf-8")]
                self.assertNotEqual(linked, [], "no other page leads to it")

    def test_workflows_pin_their_actions_by_digest_and_write_only_where_they_publish(self):
        workflows = list((ROOT / ".github" / "workflows").iterdir())
        self.assertGreater(len(workflows), 0)
        for workflow in workflows:
            with self.subTest(workflow.name):
                content = workflow.read_text(encoding="utf-8")
                actions = re.findall(r"uses: *(.*)", content)
                self.assertEqual([action for action in actions if not re.fullmatch(r"[-\w]+/[-\w/]+@[0-9a-f]{40} # v[0-9.]+", action)], [])
                self.assertEqual(content.count("persist-credentials: false"), content.count("uses: actions/checkout@"))
                self.assertEqual(re.findall(r"^permissions:\n((?:  .*\n)+)", content, re.MULTILINE), ["  contents: read\n"])
                jobs = re.findall(r"^  (\w+):\n(?:    .*\n|\n)*?    permissions:\n((?:      .*\n)+)", content, re.MULTILINE)
                self.assertEqual(content.count("permissions:"), 1 + len(jobs))
                wider = {name: sorted(re.findall(r"([a-z-]+): write", granted)) for name, granted in jobs}
                self.assertEqual(wider, JOBS_THAT_WRITE.get(workflow.name, {}))
                self.assertEqual(content.count("timeout-minutes:"), content.count("runs-on:"))

    def test_ci_runs_the_test_command_the_format_shellcheck_and_the_fuzzers(self):
        commands = re.findall(r"- run: (.*)", (ROOT / ".github" / "workflows" / "ci.yaml").read_text(encoding="utf-8"))
        for command in ("./.ci/run", "./dev lint format", "./dev lint shell", "./dev fuzz 60"):
            self.assertIn(command, commands)

    def test_the_lint_and_the_tests_check_the_same_scripts(self):
        cmake = (ROOT / "tests" / "CMakeLists.txt").read_text(encoding="utf-8")
        checked = re.search(r"COMMAND \$\{HYGIENE_SHELLCHECK\} (.*?)\)", cmake)[1]
        self.assertIn(f"  shellcheck {checked}\n", (ROOT / "scripts" / "scanners.sh").read_text(encoding="utf-8"))

    def test_each_step_of_a_release_is_a_verb_that_the_dry_run_has(self):
        content = (ROOT / ".github" / "workflows" / "release.yaml").read_text(encoding="utf-8")
        known = re.findall(r"^      ([a-z0-9-]+)\) release_", (ROOT / "scripts" / "release.sh").read_text(encoding="utf-8"), re.MULTILINE)
        used = {step for steps in re.findall(r"\./dev release ([a-z0-9 -]+)", content) for step in steps.split() if step != "--dry-run"}
        self.assertEqual(used, set(known) - {"arm64"})

    def test_what_dependabot_looks_after_is_there(self):
        listed = (ROOT / ".github" / "dependabot.yml").read_text(encoding="utf-8")
        self.assertEqual({path.parent.relative_to(ROOT).as_posix() for path in ROOT.glob("tests/**/go.mod")},
                         set(re.findall(r"/(tests/[a-z_/]+)", listed)))
        self.assertEqual({path.parent.relative_to(ROOT).as_posix() for folder in ("docs", "scripts", "tests") for path in (ROOT / folder).rglob("requirements*.txt")},
                         set(re.findall(r"pip\n +directory: /(.*)", listed)))

    def test_the_readme_is_read_in_five_minutes(self):
        self.assertEqual(text.check_readme(ROOT), [])

    def test_no_page_is_too_long_and_the_site_leads_to_each(self):
        self.assertEqual(text.check_pages(ROOT), [])

    def test_each_block_of_output_is_compared_by_a_test(self):
        self.assertEqual(text.check_samples(ROOT), [])

    @unittest.skipUnless("SECRET_HYGIENE_BINARY" in os.environ, "no binary given")
    def test_every_flag_is_documented(self):
        binary = os.environ["SECRET_HYGIENE_BINARY"]
        overview = text.help_of(binary)
        commands = text.commands_of(overview)
        self.assertIn("serve", commands)
        helps = {"": overview, **{command: text.help_of(binary, command) for command in commands}}
        self.assertEqual(text.check_flags(ROOT, helps), [])

    @unittest.skipUnless("SECRET_HYGIENE_BINARY" in os.environ, "no binary given")
    def test_a_page_lists_the_flags_of_its_command_as_the_help_does(self):
        binary = os.environ["SECRET_HYGIENE_BINARY"]
        for command, (name, heading) in reference.PAGES.items():
            with self.subTest(command):
                page = (ROOT / "docs" / name).read_text(encoding="utf-8")
                self.assertEqual(reference.replaced(page, name, heading, text.help_of(binary, command)), page,
                                 f"run: /usr/bin/python3 -B tests/structure/reference.py {binary}")

    @unittest.skipUnless("SECRET_HYGIENE_BINARY" in os.environ, "no binary given")
    def test_the_policies_in_the_documents_are_good(self):
        self.assertGreater(len(text.policy_examples(ROOT)), 0)
        with tempfile.TemporaryDirectory() as scratch:
            findings = text.check_policy_examples(ROOT, os.environ["SECRET_HYGIENE_BINARY"], pathlib.Path(scratch))
        self.assertEqual(findings, [])


class Flags(unittest.TestCase):
    def test_a_help_becomes_a_list_with_defaults_in_brackets(self):
        help_text = ("Usage: a\n\nOptions:\n"
                     "  -h,--help                       Print this help message and exit\n"
                     "  --kubeconfig FILE               Kubeconfig; default: as for kubectl, then the pod's service account\n"
                     "  --as-group GROUP ...            Group to impersonate; repeat for several\n"
                     "  --request-timeout DURATION      Timeout of each request; 0: none; default: 30s, 2m for a page of a\n"
                     "                                  list\n"
                     "  -v,--verbose                    Print each request to the API server and how long it took\n"
                     "  -n,--namespace NAME Excludes: --all-namespaces\n"
                     "                                  Namespace; default: the context's\n"
                     "  -A,--all-namespaces Excludes: --namespace\n"
                     "                                  All namespaces\n"
                     "  --whole Excludes: --mode        Whole\n"
                     "  --listen HOST:PORT=0.0.0.0:8443 Where it listens\n"
                     "  --keep N:UINT in [1 - 1000000]=10\n"
                     "                                  What stays, with\n"
                     "                                  --apply\n"
                     "  --mode M:{a,b}=a                a or b\n"
                     "  --backup DIR Needs: --apply     What is written\n"
                     "  --dir DIR REQUIRED              A directory\n\nExamples:\n  --no flag\n")
        self.assertEqual(reference.flags(help_text),
                         "- `--whole`: Whole\n- `--listen HOST:PORT` (`0.0.0.0:8443`): Where it listens\n- `--keep N` (`10`): What stays, with `--apply`\n"
                         "- `--mode M` (`a`): a or b\n- `--backup DIR`: What is written\n- `--dir DIR`: A directory; required\n"
                         "- `-n`, `-A`, `--kubeconfig` and so on: [the cluster](commands.md#the-cluster)\n")


class BadTree(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)

    def write(self, name, content):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")

    def test_lengths_are_judged_on_both_sides_of_the_limit(self):
        for name, opening, longest in (("base/a.hpp", ["// A. Thread-safety: a value.", "#pragma once"], 200),
                                       ("base/a.cpp", [], 500)):
            with self.subTest(name):
                self.write("webhook/" + name, "\n".join(opening + ["x"] * (longest - len(opening))) + "\n")
                self.assertEqual(text.check_sources(self.root), [])
                self.write("webhook/" + name, "\n".join(opening + ["x"] * (longest + 1 - len(opening))) + "\n")
                self.assertEqual(text.check_sources(self.root),
                                 [f"webhook/{name}: {longest + 1} lines, at most {longest}"])
                self.write("webhook/" + name, "\n".join(opening))

    def test_a_readme_of_too_many_words_is_found(self):
        self.write("README.md", "| word |\n" * 900 + "|---|\n")
        self.assertEqual(text.check_readme(self.root), [])
        self.write("README.md", "word " * 901)
        self.assertEqual(text.check_readme(self.root), ["README.md: 901 words, at most 900"])

    def test_a_page_of_too_many_words_is_found(self):
        self.write("mkdocs.yml", "site_name: a\nnav:\n  - a.md\n")
        self.write("docs/a.md", "word " * 2000)
        self.assertEqual(text.check_pages(self.root), [])
        self.write("docs/a.md", "word " * 2001)
        self.assertEqual(text.check_pages(self.root), ["docs/a.md: 2001 words, at most 2000"])

    def test_too_many_words_of_all_pages_are_found(self):
        names = [f"a{number}.md" for number in range(text.PAGES_WORDS_MAX // 2000)]
        self.write("mkdocs.yml", f"site_name: a\nnav:\n  - part: [{', '.join(names)}, b.md]\n")
        for name in names:
            self.write("docs/" + name, "word " * 2000)
        self.write("docs/b.md", "word " * (text.PAGES_WORDS_MAX % 2000))
        self.assertEqual(text.check_pages(self.root), [])
        self.write("docs/b.md", "word " * (text.PAGES_WORDS_MAX % 2000 + 1))
        self.assertEqual(text.check_pages(self.root), [f"docs: {text.PAGES_WORDS_MAX + 1} words, at most {text.PAGES_WORDS_MAX}"])

    def test_a_page_that_the_site_does_not_lead_to_is_found(self):
        self.write("mkdocs.yml", "site_name: lost.md\nnav:\n  - part: [a.md, twice.md]\n  - twice.md\n")
        for name in ("a", "lost", "twice"):
            self.write(f"docs/{name}.md", "word")
        self.assertEqual(text.check_pages(self.root), ["mkdocs.yml: names lost.md 0 times", "mkdocs.yml: names twice.md 2 times"])

    def test_output_that_no_test_compares_is_found(self):
        self.write("docs/typed.md", "```console\n$ a\n```\n```sh\nb\n```\n")
        self.write("docs/shown.md", "```console\n$ a\nb\n```\n")
        self.write("docs/line.md", "```json\n{}\n```\n")
        self.write("docs/bare.md", "```\na\n```\n")
        self.assertEqual([finding.partition(":")[0] for finding in text.check_samples(self.root)], ["docs/bare.md", "docs/line.md", "docs/shown.md"])
        self.write("tests/a.py", 'PAGES = ("line.md", "shown.md")\n')
        self.assertEqual([finding.partition(":")[0] for finding in text.check_samples(self.root)], ["docs/bare.md"])

    def test_a_header_without_comment_or_guard_is_found(self):
        self.write("webhook/base/a.hpp", "#include <string>\n")
        self.assertEqual(text.check_sources(self.root),
                         ["webhook/base/a.hpp:1: a header opens with a comment that says what it is",
                          "webhook/base/a.hpp: no #pragma once"])

    def test_a_header_that_says_nothing_of_threads_is_found(self):
        self.write("webhook/base/a.hpp", "// A. Thread-safety: a\n// value.\n#pragma once\n")
        self.write("webhook/base/b.hpp", "// B.\n#pragma once\n// Thread-safety: too late.\n")
        self.assertEqual(text.check_sources(self.root), ["webhook/base/b.hpp: the opening comment says nothing of thread-safety"])

    def test_a_source_that_implements_another_header_is_found(self):
        for name in ("a.hpp", "a.cpp", "a_more.cpp", "limits/b.cpp"):
            self.write("webhook/policy/" + name, "")
        self.write("webhook/main.cpp", "")
        self.assertEqual(text.check_one_header(self.root), ["webhook/policy/a_more.cpp: no a_more.hpp beside it"])

    def test_a_folder_that_wants_rooms_is_found(self):
        for number in range(20):
            self.write(f"webhook/base/m{number}.hpp", "")
            self.write(f"webhook/base/m{number}.cpp", "")
        self.write("webhook/base/room/other.cpp", "")
        self.assertEqual(text.check_folders(self.root), [])
        self.write("webhook/base/one_more.hpp", "")
        self.assertEqual(text.check_folders(self.root), ["webhook/base: 21 modules, at most 20: it wants rooms"])

    def test_unfinished_work_is_found_in_sources_and_tests(self):
        word = "TO" + "DO"
        self.write("webhook/base/a.cpp", f"int a;\n// {word}: b\n")
        self.write("tests/base/a.cpp", f"// {word}\n")
        self.assertEqual(text.check_sources(self.root),
                         [f"tests/base/a.cpp:1: unfinished: {word}", f"webhook/base/a.cpp:2: unfinished: {word}"])

    def test_a_dead_link_is_found_and_a_live_one_is_not(self):
        self.write("docs/policies.md", "# Policies\n## What `match` takes\n```\n[not](a-link.md)\n```\n")
        self.write("README.md", "[a](docs/policies.md) [b](https://example.com)\n"
                                "[c](docs/policies.md#what-match-takes)\n"
                                "[d](docs/none.md) [e](docs/policies.md#nothing)\n")
        self.assertEqual(text.check_links(self.root), ["README.md: docs/none.md does not exist",
                                                       "README.md: docs/policies.md#nothing has no such heading"])

    def test_a_named_file_that_is_gone_is_found(self):
        self.write("webhook/base/a.hpp", "")
        self.write("docs/a.md", "`base/a.hpp`, `webhook/base/a.hpp`, `webhook/base/*.hpp`, `base/b.cpp` and `tests/none.py`")
        self.assertEqual(text.check_paths(self.root), ["docs/a.md: base/b.cpp does not exist", "docs/a.md: tests/none.py does not exist"])

    def test_a_long_architecture_is_found(self):
        self.write("ARCHITECTURE.md", "x\n" * 180)
        self.assertEqual(text.check_architecture(self.root), [])
        self.write("ARCHITECTURE.md", "x\n" * 181)
        self.assertEqual(text.check_architecture(self.root), ["ARCHITECTURE.md: 181 lines, at most 180"])

    def test_a_flag_that_no_document_mentions_is_found(self):
        self.write("README.md", "Takes `--listen ADDRESS`; see `--policies-dir`.\n")
        self.assertEqual(text.check_flags(self.root, {"serve": "  --listen TEXT\n  --policies TEXT\n"}),
                         ["serve: --policies is not documented in README.md or docs/"])

    def test_only_whole_policies_are_taken_for_examples(self):
        whole = "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\n"
        self.write("README.md", f"```yaml\n{whole}```\n```yaml\nmatch: {{}}\n```\n```\n{whole}```\n")
        self.assertEqual(text.policy_examples(self.root), [("README.md", whole)])

    @unittest.skipUnless("SECRET_HYGIENE_BINARY" in os.environ, "no binary given")
    def test_an_example_that_lint_refuses_is_found(self):
        self.write("README.md", "```yaml\napiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nspek: {}\n```\n")
        findings = text.check_policy_examples(self.root, os.environ["SECRET_HYGIENE_BINARY"], self.root)
        self.assertEqual(len(findings), 1)
        self.assertIn("README.md: an example is refused: ", findings[0])
        self.assertIn("spek", findings[0])

    def test_subcommands_are_read_from_the_help(self):
        self.assertEqual(text.commands_of("Usage: x\n\nOptions:\n  -h,--help  Print\n\nSubcommands:\n"
                                          "  serve                       The webhook\n  lint   Checks\n"),
                         ["serve", "lint"])


if __name__ == "__main__":
    unittest.main()
