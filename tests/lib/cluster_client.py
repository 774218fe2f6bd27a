"""Programs run as clients of a cluster of `./dev cluster`: kubectl, Helm, and secret-hygiene itself."""

import pathlib
import subprocess

import cluster_tools
from process import Failed

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = ROOT / "build" / "release" / "secret-hygiene"
COMMAND_TIMEOUT = 120


class Done:
    def __init__(self, process):
        self.status, self.stdout, self.stderr = process.returncode, process.stdout, process.stderr


class Client:
    """Works in `directory`, which is ours."""

    def __init__(self, cluster, directory):
        self._cluster = cluster
        self.directory = pathlib.Path(directory)

    def run(self, program, *arguments, stdin=None, check=True):
        """As the cluster's administrator, with nothing of this machine's HOME."""
        environment = {"KUBECONFIG": str(self._cluster.kubeconfig), "HOME": str(self.directory),
                       "PATH": cluster_tools.search_path()}
        path = BINARY if program == BINARY.name else cluster_tools.tool(program)
        done = Done(subprocess.run([path, *map(str, arguments)], input=stdin, env=environment, cwd=self.directory,
                                   capture_output=True, text=True, timeout=COMMAND_TIMEOUT, check=False))
        if check and done.status != 0:
            raise Failed(f"{program} {' '.join(map(str, arguments))}: {done.stderr.strip()}")
        return done
