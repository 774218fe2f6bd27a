"""Which folder of webhook/ may include which, and what no header may include: design in ARCHITECTURE.md."""

import re

# Each folder, and those directly below it. What is below those is allowed too; nothing else is.
LAYERS = {
    "base": [],
    "html": ["base"],
    "json": ["base"],
    "yaml": ["json"],
    "secret": ["json"],
    "policy": ["secret", "yaml"],
    "admission": ["policy"],
    "counting": ["policy"],
    "x509": ["base"],
    "net": ["x509"],
    "server": ["net"],
    "cluster": ["net", "secret", "yaml"],
    "proxy": ["server", "cluster"],
    "telemetry": ["json"],
    "runtime": ["admission", "counting", "html", "proxy", "telemetry"],
    "housekeeping": ["policy", "cluster"],
    "commands": ["runtime", "housekeeping"],
}
# Folders inside a layer, in the same way. What lies in the layer's own folder may include all of them.
ROOMS = {
    "runtime": {
        "common": [],
        "sources": ["common"],
        "counting": ["common"],
        "events": ["common"],
        "namespaces": ["common"],
        "proxy": ["common"],
        "status": ["counting"],
        "serving": ["counting", "namespaces"],
    },
    "counting": {"memory": []},
    "housekeeping": {
        "stored": [],
        "survey": ["stored"],
        "label": ["stored"],
        "prune": ["stored"],
        "controllers": ["survey"],
        "certs": [],
        "doctor": ["certs", "stored"],
        "export": [],
    },
    "commands": {
        "terminal": [],
        "cli": ["terminal"],
        **dict.fromkeys(("serve", "lint", "check", "label", "prune", "certs", "doctor", "export", "proxy", "completion", "policies", "version", "controllers"), ["cli"]),
        "audit": ["controllers"],
        "test": ["check"],
    },
}
# What a room must not know, although its layer may: layers.
UNKNOWN = {"runtime/status": ("counting", "cluster"), "runtime/sources": ("net", "server", "cluster", "counting")}
# Libraries that take long to compile, or that must stay replaceable: only a .cpp may include them.
SOURCE_ONLY = ("boost/beast", "rapidjson/", "yaml-cpp/", "CLI/", "spdlog/")
# The folder that reads YAML: the rest of the program gets its tokens or its tree, whose depth and size are bounded.
READS_YAML = ("yaml", "yaml-cpp/")
# Declares the names of its types, and nothing more.
FORWARD_ONLY = "rapidjson/fwd.h"
# The folder that parses JSON: whatever came from outside is as deep as its sender likes, and json/document.hpp bounds it.
PARSES_JSON = "json"
RAPIDJSON_PARSE = re.compile(r"\bParse(?:Insitu|Stream)?\s*[<(]|\brapidjson/reader\.h\b")

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')
LAYER_IN_CMAKE = re.compile(r"^hygiene_layer\((\w+)([^)]*)\)", re.MULTILINE)


def below(layer, layers):
    """The folders that `layer` may include, itself among them."""
    found = {layer}
    for lower in layers.get(layer, []):
        found |= below(lower, layers)
    return found


def sources(root):
    webhook = root / "webhook"
    return sorted(path for path in webhook.rglob("*") if path.suffix in (".hpp", ".cpp"))


def includes(path):
    """(line number, name, whether it was written with quotes) of each #include."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match[1] or match[2], match[1] is not None


def layer_of(name):
    return name.split("/", 1)[0] if "/" in name else ""


def check_includes(root):
    """Findings, one sentence each, about every #include under webhook/."""
    webhook = root / "webhook"
    findings = []
    for path in sources(root):
        name = path.relative_to(webhook).as_posix()
        layer = layer_of(name)
        if layer and layer not in LAYERS:
            findings.append(f"webhook/{name}: the folder {layer} is not a layer")
            continue
        # main.cpp composes the program.
        allowed = below(layer, LAYERS) if layer else set(LAYERS)
        for number, target, quoted in includes(path):
            where = f"webhook/{name}:{number}"
            if quoted and not (webhook / target).is_file():
                findings.append(f'{where}: "{target}" is no file under webhook/')
            elif quoted and layer_of(target) not in allowed:
                findings.append(f"{where}: {layer or 'main'} may not include {target}")
            elif not quoted and (webhook / target).is_file():
                findings.append(f"{where}: <{target}> is our own: write it in quotes")
            if target.startswith(READS_YAML[1]) and layer != READS_YAML[0]:
                findings.append(f"{where}: <{target}> is for {READS_YAML[0]}/ alone: include yaml/tree.hpp or yaml/reader.hpp")
            if path.suffix == ".hpp" and target.startswith(SOURCE_ONLY) and target != FORWARD_ONLY:
                findings.append(f"{where}: <{target}> belongs in a .cpp, not in a header")
    return findings


def check_parsing(root):
    """A finding for each line outside json/ that parses with RapidJSON itself."""
    webhook = root / "webhook"
    findings = []
    for path in sources(root):
        name = path.relative_to(webhook).as_posix()
        if layer_of(name) == PARSES_JSON:
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        findings += [f"webhook/{name}:{number}: parse with json/document.hpp, which bounds the depth"
                     for number, line in enumerate(lines, 1)
                     if RAPIDJSON_PARSE.search(line.split("//", 1)[0])]
    return findings


def room_of(name):
    """"quota" of "runtime/counting/usage.hpp"; "" for what lies in the layer's own folder."""
    parts = name.split("/")
    return parts[1] if len(parts) > 2 and parts[0] in ROOMS else ""


def check_rooms(root):
    """Findings about each #include from one room of a layer to another."""
    webhook = root / "webhook"
    findings = []
    for path in sources(root):
        name = path.relative_to(webhook).as_posix()
        layer, room = layer_of(name), room_of(name)
        if room and room not in ROOMS[layer]:
            findings.append(f"webhook/{name}: the folder {room} is no room of {layer}")
        if not room or room not in ROOMS[layer]:
            continue
        allowed = below(room, ROOMS[layer])
        for number, target, quoted in includes(path):
            wrong = layer_of(target) == layer and room_of(target) not in allowed
            if quoted and (wrong or layer_of(target) in UNKNOWN.get(f"{layer}/{room}", ())):
                findings.append(f"webhook/{name}:{number}: {layer}/{room} may not include {target}")
    return findings


def check_cycles(root):
    """A finding for each file that reaches itself by includes."""
    webhook = root / "webhook"
    edges = {path.relative_to(webhook).as_posix(): [target for _, target, quoted in includes(path) if quoted]
             for path in sources(root)}
    findings, done = [], set()

    def visit(name, trail):
        if name in trail:
            findings.append("include cycle: " + " -> ".join([*trail[trail.index(name):], name]))
            return
        if name in done:
            return
        for target in edges.get(name, []):
            visit(target, [*trail, name])
        done.add(name)

    for name in edges:
        visit(name, [])
    return findings


def check_cmake(root):
    """A finding for each library of CMakeLists.txt that uses other folders than LAYERS says."""
    text = (root / "CMakeLists.txt").read_text(encoding="utf-8")
    stated = {}
    for name, arguments in LAYER_IN_CMAKE.findall(text):
        used = re.search(r"USES((?:\s+[a-z0-9]+)*)", arguments)
        stated[name] = used[1].split() if used else []
    return [f"CMakeLists.txt: {name} uses {stated.get(name, 'nothing, it is not there')}, expected {LAYERS.get(name)}"
            for name in sorted(set(stated) | set(LAYERS))
            if name not in LAYERS or name not in stated or below(name, stated) != below(name, LAYERS)]
