"""docs/controllers.yaml and the table of docs/controllers.md say the same of each controller. The program reads the file itself."""

import pathlib
import re
import unittest

import libmanifests as manifests

ENTRIES = manifests.known_controllers()
KNOWN = {each["name"]: each for each in ENTRIES}
PAGE = (manifests.ROOT / "docs" / "controllers.md").read_text(encoding="utf-8")
# What the page says in words.
FILTERED_AT = {"apiServer": "API server", "cache": "its cache, after loading", "unknown": "see its manual"}
CACHES = {"whole": "whole Secrets", "deployed": "references; whole what it deploys", "both": "both", "metadata": "metadata",
          "withoutData": "Secrets without their data"}
FIELDS = {"name", "since", "kinds", "images", "pods", "container", "caches", "filteredAt", "arguments", "environment", "configFile", "configMap",
          "kubeconfig", "builtIn", "byDefault", "selectors", "sources"}


def rows():
    """{(controller, first version): the other cells} of the page's table; a row may name several controllers."""
    table = re.search(r"^\| controller \| setting .*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)[1]
    found = {}
    for line in table.splitlines():
        names, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        for name in names.split(", "):
            bare, since = re.fullmatch(r"(.*?)(?: \(.*\))?(?: ([\d.]+) and later)?", name).groups()
            found[bare, since] = cells
    return found


class Controllers(unittest.TestCase):
    def test_each_entry_is_whole(self):
        self.assertEqual(len(KNOWN), len(ENTRIES))
        for name, each in KNOWN.items():
            with self.subTest(name):
                self.assertLessEqual(each.keys(), FIELDS)
                self.assertTrue(each["images"] and each["sources"])
                self.assertLessEqual(set(each["kinds"]), {"Deployment", "StatefulSet", "DaemonSet"})
                self.assertIn(each["caches"], CACHES)
                self.assertIn(each["filteredAt"], FILTERED_AT)
                # There is one way to set it, or none.
                self.assertEqual(sum(key in each for key in ("arguments", "configMap", "builtIn")), 1)
                for selector in each.get("selectors", []):
                    self.assertLessEqual(selector.keys(), {"labels", "fields", "policy"})
                    self.assertTrue((manifests.ROOT / selector.get("policy", "policies")).exists())
                for source in each["sources"]:
                    self.assertRegex(source, r"^https://github\.com/[\w-]+/[\w-]+/(pull|issues)/\d+$")
                for image in each["images"]:
                    self.assertRegex(image, r"^[a-z0-9-]+(/[a-z0-9-]+)*$")

    def test_the_table_of_the_page_says_the_same(self):
        table = rows()
        self.assertEqual(table.keys(), {(name, each.get("since")) for name, each in KNOWN.items()})
        for (name, _), (setting, filtered_at, caches, policy) in table.items():
            each = KNOWN[name]
            with self.subTest(name):
                self.assertEqual(filtered_at, FILTERED_AT[each["filteredAt"]])
                self.assertEqual(caches, CACHES[each["caches"]])
                self.assertEqual(setting.startswith("none"), each.get("builtIn", False))
                self.assertEqual(", by default `" in setting, each.get("byDefault", False))
                for argument in each.get("arguments", []):
                    self.assertIn(f"`{argument['name']}", setting)
                    self.assertIn(argument.get("value", ""), setting)
                config_map = each.get("configMap", {})
                for key in ("name", "key"):
                    self.assertIn(f"`{config_map[key]}`" if config_map else "", setting)
                # The page shows it as a sample, below its key.
                self.assertIn("".join(f"  {line}\n" for line in config_map.get("value", "").splitlines()), PAGE)
                self.assertIn(each.get("environment", ""), setting)
                for selector in each.get("selectors", []):
                    self.assertIn(pathlib.PurePath(selector.get("policy", "")).stem, policy)

    def test_every_flag_and_variable_of_the_table_has_its_field(self):
        for (name, _), (setting, *_) in rows().items():
            each = KNOWN[name]
            self.assertEqual(set(re.findall(r"--[a-z-]+", setting)), {argument["name"] for argument in each.get("arguments", [])}, name)
            self.assertEqual(set(re.findall(r"`([A-Z_]+)`", setting)), {each[key] for key in ("environment",) if key in each}, name)

    def test_pods_are_known_as_each_installation_names_them(self):
        pods = {
            "kong-kong-7d9c6b5f4-x2k9z": "Kong Ingress Controller", "ingress-kong-7d9c6b5f4-x2k9z": "Kong Ingress Controller",
            "kong-controller-7d9c6b5f4-x2k9z": "Kong Ingress Controller", "kong-gateway-7d9c6b5f4-x2k9z": None, "kong-postgresql-0": None,
            "kong-operator-controller-manager-7d9c6b5f4-x2k9z": "Kong Operator",
            "argocd-application-controller-0": "Argo CD", "argo-cd-argocd-application-controller-0": "Argo CD",
            "argocd-redis-7d9c6b5f4-x2k9z": None,
            "cert-manager-7d9c6b5f4-x2k9z": "cert-manager", "cert-manager-webhook-7d9c6b5f4-x2k9z": None,
            "elastic-operator-0": "ECK", "reloader-reloader-7d9c6b5f4-x2k9z": "Reloader",
            "helm-controller-7d9c6b5f4-x2k9z": "Flux", "source-controller-7d9c6b5f4-x2k9z": None,
            "ngf-nginx-gateway-fabric-7d9c6b5f4-x2k9z": "NGINX Gateway Fabric",
            "kube-prometheus-stack-operator-7d9c6b5f4-x2k9z": "prometheus-operator",
            "perses-operator-controller-manager-7d9c6b5f4-x2k9z": "perses-operator",
            "ingress-nginx-controller-7d9c6b5f4-x2k9z": "ingress-nginx", "nginx-ingress-controller-x2k9z": "NGINX Inc's ingress controller",
            "traefik-7d9c6b5f4-x2k9z": "Traefik", "istiod-7d9c6b5f4-x2k9z": "Istio", "cnpg-controller-manager-7d9c6b5f4-x2k9z": "CloudNativePG",
            "cnpg-cloudnative-pg-7d9c6b5f4-x2k9z": "CloudNativePG",
            "kratix-platform-controller-manager-7d9c6b5f4-x2k9z": "Kratix", "web-7d9c6b5f4-x2k9z": None}
        for pod, expected in pods.items():
            self.assertEqual([name for name, each in KNOWN.items() if re.fullmatch(each["pods"], pod)], [expected] if expected else [], pod)


if __name__ == "__main__":
    unittest.main()
