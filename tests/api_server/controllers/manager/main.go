// manager is the smallest controller of controller-runtime that watches Secrets: it asks its cache and the API server for each one
// that changed, and prints what either said. Where the API server is, and who it is itself, it learns from KUBECONFIG alone. It runs
// until its standard input ends.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/config"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

type comparison struct {
	cached, stored client.Reader
}

func (c comparison) Reconcile(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	var secret corev1.Secret
	cached := c.cached.Get(ctx, request.NamespacedName, &secret)
	stored := c.stored.Get(ctx, request.NamespacedName, &secret)
	if client.IgnoreNotFound(cached) != nil || client.IgnoreNotFound(stored) != nil {
		return reconcile.Result{}, fmt.Errorf("cached: %v; stored: %v", cached, stored)
	}
	fmt.Printf("{\"message\": \"reconciled\", \"secret\": %q, \"cached\": %t, \"stored\": %t}\n", request, cached == nil, stored == nil)
	return reconcile.Result{}, nil
}

func main() {
	ctrl.SetLogger(klog.Background())
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "manager:", err)
		os.Exit(1)
	}
}

func run() error {
	kubeconfig, err := config.GetConfig()
	if err != nil {
		return err
	}
	manager, err := ctrl.NewManager(kubeconfig, ctrl.Options{Scheme: scheme.Scheme, Metrics: server.Options{BindAddress: "0"}})
	if err != nil {
		return err
	}
	secrets := ctrl.NewControllerManagedBy(manager).For(&corev1.Secret{})
	if err := secrets.Complete(comparison{cached: manager.GetClient(), stored: manager.GetAPIReader()}); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	return manager.Start(ctx)
}
