"""Each controller of docs/controllers.yaml as its own installation makes it: kind, image, and how its container is started, as facts in the
shape of the API. Nothing runs them."""

# Name in the file: (kind, name, container, image, fields of the container, the arguments that set its selector)
INSTALLED = {
    "Kong Ingress Controller": (
        "Deployment", "kong-kong", "ingress-controller", "kong/kubernetes-ingress-controller:3.5",
        {"env": [{"name": "CONTROLLER_KONG_ADMIN_URL", "value": "https://localhost:8444"},
                 {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]},
        ["--secret-label-selector=konghq.com/secret"]),
    "Argo CD": (
        "StatefulSet", "argocd-application-controller", "argocd-application-controller", "quay.io/argoproj/argocd:v3.1.0",
        {"args": ["/usr/local/bin/argocd-application-controller"],
         "env": [{"name": "ARGOCD_APPLICATION_CONTROLLER_LOGLEVEL",
                  "valueFrom": {"configMapKeyRef": {"name": "argocd-cmd-params-cm", "key": "controller.log.level", "optional": True}}}]},
        None),
    "cert-manager": (
        "Deployment", "cert-manager", "cert-manager-controller", "quay.io/jetstack/cert-manager-controller:v1.18.2",
        {"args": ["--v=2", "--cluster-resource-namespace=$(POD_NAMESPACE)", "--leader-election-namespace=kube-system"],
         "env": [{"name": "POD_NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}]},
        None),
    "ECK": (
        "StatefulSet", "elastic-operator", "manager", "docker.elastic.co/eck/eck-operator:3.5.0",
        {"args": ["manager", "--config=/conf/eck.yaml"]}, ["--restrict-watched-resources"]),
    "Reloader": (
        "Deployment", "reloader-reloader", "reloader-reloader", "ghcr.io/stakater/reloader:v1.4.5",
        {"env": [{"name": "GOMAXPROCS", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}}]},
        ["--resource-label-selector", "!secret-hygiene.io/ignore"]),
    "Flux": (
        "Deployment", "kustomize-controller", "manager", "ghcr.io/fluxcd/kustomize-controller:v1.6.1",
        {"args": ["--watch-all-namespaces=true", "--log-level=info", "--enable-leader-election"]},
        ["--watch-configs-label-selector=!secret-hygiene.io/ignore"]),
    "Kong Operator": (
        "Deployment", "kong-operator-controller-manager", "manager", "docker.io/kong/kong-operator:2.0.1",
        {"env": [{"name": "POD_NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}]},
        ["--secret-label-selector=konghq.com/secret"]),
    "NGINX Gateway Fabric": (
        "Deployment", "ngf-nginx-gateway-fabric", "nginx-gateway", "ghcr.io/nginx/nginx-gateway-fabric:2.1.0",
        {"args": ["controller", "--gatewayclass=nginx", "--leader-election-disable"]}, ["--watch-secret-label-selector=team=web"]),
    "prometheus-operator": (
        "Deployment", "kube-prometheus-stack-operator", "kube-prometheus-stack",
        "quay.io/prometheus-operator/prometheus-operator:v0.85.0",
        {"args": ["--kubelet-service=kube-system/kubelet", "--localhost=127.0.0.1"]},
        ["--secret-label-selector=!secret-hygiene.io/ignore", "--secret-field-selector=type!=helm.sh/release.v1"]),
    "perses-operator": (
        "Deployment", "perses-operator-controller-manager", "manager", "docker.io/persesdev/perses-operator:v0.2.0",
        {"args": ["--leader-elect"], "command": ["/manager"]}, ["--watch-secret-labels=perses.dev/watch=true"]),
    "ingress-nginx": (
        "DaemonSet", "ingress-nginx-controller", "controller", "registry.k8s.io/ingress-nginx/controller:v1.13.0@sha256:" + "5" * 64,
        {"args": ["/nginx-ingress-controller", "--ingress-class=nginx"]}, None),
    "NGINX Inc's ingress controller": (
        "Deployment", "nginx-ingress-controller", "nginx-ingress", "nginx/nginx-ingress:5.1.0",
        {"args": ["-nginx-plus=false", "-enable-custom-resources=true"]}, None),
    "Traefik": (
        "Deployment", "traefik", "traefik", "docker.io/traefik:v3.5.0",
        {"args": ["--entryPoints.web.address=:8000/tcp", "--providers.kubernetesingress"]}, None),
    "Istio": (
        "Deployment", "istiod", "discovery", "docker.io/istio/pilot:1.27.0",
        {"args": ["discovery", "--monitoringAddr=:15014"]}, None),
    "CloudNativePG": (
        "Deployment", "cnpg-controller-manager", "manager", "ghcr.io/cloudnative-pg/cloudnative-pg:1.27.0",
        {"command": ["/manager"], "args": ["controller", "--leader-elect", "--config-map-name=cnpg-controller-manager-config"]}, None),
    "Kratix": (
        "Deployment", "kratix-platform-controller-manager", "manager", "docker.io/syntasso/kratix-platform:v0.3.0",
        {"command": ["/manager"], "args": ["--leader-elect"]}, None),
}


def workload(kind, name, containers, service_account=None):
    """The object, with these containers."""
    labels = {"app": name}
    pod = {"containers": containers, **({"serviceAccountName": service_account} if service_account else {})}
    made = {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name},
            "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}}}
    if kind == "StatefulSet":
        made["spec"]["serviceName"] = name
    return made


def installed(controller, with_setting=False):
    """The object of a controller, as it is installed, or with its selector set besides."""
    kind, name, container, image, fields, setting = INSTALLED[controller]
    fields = {**fields, "args": [*fields.get("args", []), *setting]} if with_setting else fields
    return workload(kind, name, [{"name": container, "image": image, **fields}], service_account=name)
