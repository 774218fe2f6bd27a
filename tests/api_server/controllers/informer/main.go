// informer is the smallest controller that caches Secrets: one shared informer, as client-go makes them. It prints how many Secrets it
// holds once its cache is synced, then each that its cache loses or gains, until its standard input ends.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	labels := flag.String("label-selector", "", "for LIST and WATCH")
	fields := flag.String("field-selector", "", "for LIST and WATCH")
	flag.Parse()
	if err := run(*labels, *fields); err != nil {
		fmt.Fprintln(os.Stderr, "informer:", err)
		os.Exit(1)
	}
}

// Prints what the cache gains and loses after the first list.
type changes struct{}

func (changes) OnAdd(object any, inInitialList bool) {
	if !inInitialList {
		say("added", object)
	}
}

func (changes) OnUpdate(_, _ any) {}

func (changes) OnDelete(object any) {
	say("deleted", object)
}

func say(change string, object any) {
	name, _ := cache.DeletionHandlingMetaNamespaceKeyFunc(object)
	fmt.Printf("{\"message\": %q, \"secret\": %q}\n", change, name)
}

func run(labels, fields string) error {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0,
		informers.WithTweakListOptions(func(options *metav1.ListOptions) {
			options.LabelSelector = labels
			options.FieldSelector = fields
		}))
	secrets := factory.Core().V1().Secrets().Informer()
	if _, err := secrets.AddEventHandler(changes{}); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	fmt.Printf("{\"message\": \"synced\", \"secrets\": %d}\n", len(secrets.GetStore().ListKeys()))
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}
