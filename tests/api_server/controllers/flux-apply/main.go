// flux-apply reads objects as YAML and applies them as Flux's kustomize-controller does, by the same library. It prints a line for each:
// KIND/NAMESPACE/NAME, and what became of it: created, configured, unchanged. With --diff it changes nothing and says what it would do.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"sort"

	"github.com/fluxcd/pkg/ssa"
	"github.com/fluxcd/pkg/ssa/utils"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// As the controller has it.
var force = map[string]string{"kustomize.toolkit.fluxcd.io/force": "enabled"}

func main() {
	diff := flag.Bool("diff", false, "change nothing")
	flag.Parse()
	if err := run(*diff); err != nil {
		fmt.Fprintln(os.Stderr, "flux-apply:", err)
		os.Exit(1)
	}
}

func run(diff bool) error {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return err
	}
	config.QPS = -1
	api, err := client.New(config, client.Options{})
	if err != nil {
		return err
	}
	objects, err := utils.ReadObjects(os.Stdin)
	if err != nil {
		return err
	}
	sort.Sort(ssa.SortableUnstructureds(objects))
	manager := ssa.NewResourceManager(api, nil, ssa.Owner{Field: "kustomize-controller", Group: "kustomize.toolkit.fluxcd.io"})
	for _, object := range objects {
		var change *ssa.ChangeSetEntry
		if diff {
			change, _, _, err = manager.Diff(context.Background(), object, ssa.DiffOptions{ForceSelector: force})
		} else {
			change, err = manager.Apply(context.Background(), object, ssa.ApplyOptions{ForceSelector: force})
		}
		if err != nil {
			return err
		}
		fmt.Println(change.Subject, change.Action)
	}
	return nil
}
