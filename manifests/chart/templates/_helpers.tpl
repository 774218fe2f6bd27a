{{- /* The objects are those of manifests/core and certs/, whose files say why each field is so; a test holds both equal. */}}

{{- define "secret-hygiene.name" -}}
{{ .Values.nameOverride | default .Chart.Name }}
{{- end }}

{{- /* Not after the release: a cluster has one installation, and its name is in what docs/ says. */}}
{{- define "secret-hygiene.fullname" -}}
{{ .Values.fullnameOverride | default (include "secret-hygiene.name" .) }}
{{- end }}

{{- /* The webhook's service account. */}}
{{- define "secret-hygiene.account" -}}
{{ .Values.serviceAccount.name | default (include "secret-hygiene.fullname" .) }}
{{- end }}

{{- /* These take the root and the component, "" for what belongs to none. A selector cannot be changed, so it has these two alone. */}}
{{- define "secret-hygiene.selector" -}}
app.kubernetes.io/name: {{ include "secret-hygiene.name" (index . 0) }}
{{- with index . 1 }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end }}

{{- define "secret-hygiene.labels" -}}
{{- $root := index . 0 -}}
{{- $labels := include "secret-hygiene.selector" . | fromYaml }}
{{- $_ := set $labels "app.kubernetes.io/instance" $root.Release.Name }}
{{- $_ := set $labels "app.kubernetes.io/managed-by" $root.Release.Service }}
{{- $_ := set $labels "app.kubernetes.io/part-of" "secret-hygiene" }}
{{- $_ := set $labels "app.kubernetes.io/version" $root.Chart.AppVersion }}
{{- $_ := set $labels "helm.sh/chart" (printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_") }}
{{- toYaml (merge $labels $root.Values.commonLabels) }}
{{- end }}

{{- define "secret-hygiene.pod-labels" -}}
{{- $root := index . 0 -}}
{{- toYaml (merge (include "secret-hygiene.selector" . | fromYaml) $root.Values.podLabels $root.Values.commonLabels) }}
{{- end }}

{{- /* These take the end of the name too. */}}
{{- define "secret-hygiene.cluster-metadata" -}}
name: {{ include "secret-hygiene.fullname" (index . 0) }}{{ index . 2 }}
labels:
  {{- include "secret-hygiene.labels" . | nindent 2 }}
{{- end }}

{{- define "secret-hygiene.metadata" -}}
namespace: {{ (index . 0).Release.Namespace }}
{{ include "secret-hygiene.cluster-metadata" . }}
{{- end }}

{{- /* What a platform changes, merged with the values of the same names. docs/platforms.md says why. */}}
{{- define "secret-hygiene.platform" -}}
{{- $name := .Values.platform -}}
{{- $excluded := concat .Values.excludedNamespaces (ternary (list "kube-node-lease") list (eq $name "gke")) -}}
{{- $enforcer := ternary (dict "admissions.enforcer/disabled" "true") dict (eq $name "aks") -}}
{{- $security := .Values.podSecurityContext -}}
podSecurityContext: {{ ternary (omit $security "runAsUser" "runAsGroup" "fsGroup") $security (eq $name "openshift") | toJson }}
hostNetwork: {{ or .Values.hostNetwork (eq $name "eks-custom-cni") }}
listenAddress: {{ ternary "[::]" .Values.listenAddress (eq $name "ipv6") | quote }}
webhookPort: {{ ternary 10250 (int .Values.ports.webhook) (eq $name "gke") }}
excludedNamespaces: {{ concat $excluded (list .Release.Namespace (printf "%s-ledger" .Release.Namespace)) | uniq | toJson }}
webhookAnnotations: {{ merge (deepCopy .Values.webhooks.annotations) $enforcer | toJson }}
{{- end }}

{{- /* The flags of `serve`. The program refuses a flag that is given twice, so ours gives way to one in extraArgs. */}}
{{- define "secret-hygiene.serve-flags" -}}
{{- $listen := (include "secret-hygiene.platform" . | fromYaml).listenAddress }}
{{- $flags := list "--policies=/etc/secret-hygiene/policies" "--tls-dir=/etc/secret-hygiene/tls" (printf "--listen=%s:$(WEBHOOK_PORT)" $listen)
      (printf "--metrics-listen=%s:$(METRICS_PORT)" $listen) "--shutdown-delay=5s" "--drain-timeout=15s" }}
{{- if .Values.endpointToken }}
{{- $flags = append $flags "--endpoint-token=/etc/secret-hygiene/endpoint-token/token" }}
{{- end }}
{{- if .Values.clientCa.configMap }}
{{- $flags = concat $flags (list "--client-ca=/etc/secret-hygiene/client-ca/ca.crt" "--client-name=$(CLIENT_NAME)") }}
{{- end }}
{{- if eq (include "secret-hygiene.counts" .) "true" }}
{{- $strict := eq .Values.counting.mode "strict" }}
{{- if $strict }}
{{- $flags = append $flags "--counting=strict" }}
{{- end }}
{{- with .Values.counting.whenUnknown | default (ternary "deny" "" $strict) }}
{{- $flags = append $flags (printf "--when-counts-unknown=%s" .) }}
{{- end }}
{{- end }}
{{- if .Values.events }}
{{- $flags = append $flags "--events" }}
{{- end }}
{{- $given := list }}
{{- range .Values.extraArgs }}
{{- $given = append $given (splitList "=" . | first) }}
{{- end }}
{{- $ours := list }}
{{- range $flags }}
{{- if not (has (splitList "=" . | first) $given) }}
{{- $ours = append $ours . }}
{{- end }}
{{- end }}
{{- toYaml (concat $ours .Values.extraArgs) }}
{{- end }}

{{- define "secret-hygiene.image" -}}
{{- with .Values.image -}}
{{ with .registry }}{{ . }}/{{ end }}{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{- /* "true" where limits across Secrets are served. YAML takes off without quotes for false. */}}
{{- define "secret-hygiene.counts" -}}
{{- $counts := has .Values.counting.mode (list "local" "strict") }}
{{- if and $counts (not .Values.endpointToken) (not .Values.clientCa.configMap) }}
{{- fail "with counting.mode, set endpointToken (openssl rand -hex 32 makes one) or clientCa.configMap: else any pod could fill a count with forged reviews" }}
{{- end }}
{{- $counts }}
{{- end }}

{{- /* "true" where the webhook asks the API server for anything. */}}
{{- define "secret-hygiene.asks" -}}
{{- or .Values.events .Values.namespaceSelector (eq (include "secret-hygiene.counts" .) "true") }}
{{- end }}

{{- define "secret-hygiene.spread" -}}
{{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
- topologyKey: {{ . }}
  maxSkew: 1
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- include "secret-hygiene.selector" (list $ "webhook") | nindent 6 }}
  matchLabelKeys: [pod-template-hash]
{{- end }}
{{- end }}

{{- /* Takes the root and the path. */}}
{{- define "secret-hygiene.client-config" -}}
{{- $root := index . 0 -}}
service:
  name: {{ include "secret-hygiene.fullname" $root }}
  namespace: {{ $root.Release.Namespace }}
  path: {{ index . 1 }}{{ with $root.Values.endpointToken }}/{{ . }}{{ end }}
  port: 443
{{- with $root.Values.certificates }}
{{- if and (eq .mode "existing") .caBundle }}
caBundle: {{ .caBundle | b64enc }}
{{- end }}
{{- end }}
{{- end }}

{{- define "secret-hygiene.configuration-metadata" -}}
{{- $annotations := (include "secret-hygiene.platform" . | fromYaml).webhookAnnotations }}
{{- if eq .Values.certificates.mode "cert-manager" }}
{{- $_ := set $annotations "cert-manager.io/inject-ca-from" (printf "%s/%s-tls" .Release.Namespace (include "secret-hygiene.fullname" .)) }}
{{- end }}
{{- include "secret-hygiene.cluster-metadata" (list . "webhook" "") }}
{{- with $annotations }}
annotations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "secret-hygiene.secret-rules" -}}
rules:
  - apiGroups: [""]
    apiVersions: [v1]
    resources: [secrets]
    operations: [CREATE, UPDATE]
    scope: Namespaced
matchPolicy: Equivalent
namespaceSelector:
  matchExpressions:
    - key: kubernetes.io/metadata.name
      operator: NotIn
      values:
        {{- (include "secret-hygiene.platform" . | fromYaml).excludedNamespaces | toYaml | nindent 8 }}
{{ include "secret-hygiene.not-being-deleted" . }}
{{- end }}

{{- define "secret-hygiene.not-being-deleted" -}}
matchConditions:
  - name: not-being-deleted
    expression: "!(request.operation == 'UPDATE' && has(oldObject.metadata.deletionTimestamp))"
{{- end }}

{{- /* Of a Job or a CronJob. Takes the root, the component, the arguments, the resources, the restartPolicy, and the end of the account's name. */}}
{{- define "secret-hygiene.job-pod" -}}
{{- $root := index . 0 -}}
{{- $component := index . 1 -}}
metadata:
  labels:
    {{- include "secret-hygiene.pod-labels" . | nindent 4 }}
  {{- with $root.Values.podAnnotations }}
  annotations: {{ toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "secret-hygiene.fullname" $root }}-{{ index . 5 }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  restartPolicy: {{ index . 4 }}
  {{- with $root.Values.imagePullSecrets }}
  imagePullSecrets: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with $root.Values.nodeSelector }}
  nodeSelector: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with $root.Values.tolerations }}
  tolerations: {{ toYaml . | nindent 4 }}
  {{- end }}
  securityContext: {{ toYaml (omit (include "secret-hygiene.platform" $root | fromYaml).podSecurityContext "fsGroup") | nindent 4 }}
  containers:
    - name: {{ $component }}
      image: {{ include "secret-hygiene.image" $root | quote }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args: {{ toYaml (index . 2) | nindent 8 }}
      resources: {{ toYaml (index . 3) | nindent 8 }}
      securityContext: {{ toYaml $root.Values.securityContext | nindent 8 }}
      volumeMounts:
        {{- if eq $component "audit" }}
        - name: policies
          mountPath: /etc/secret-hygiene/policies
          readOnly: true
        {{- end }}
        - name: api-token
          mountPath: /var/run/secrets/kubernetes.io/serviceaccount
          readOnly: true
  volumes:
    {{- if eq $component "audit" }}
    - name: policies
      configMap:
        name: {{ include "secret-hygiene.fullname" $root }}-policies
    {{- end }}
    - name: api-token
      projected:
        sources:
          - serviceAccountToken:
              path: token
              expirationSeconds: 600
          - configMap:
              name: kube-root-ca.crt
              items:
                - key: ca.crt
                  path: ca.crt
{{- end }}

{{- /* Takes the root, the command of `secret-hygiene certs`, and the end of the account's name. */}}
{{- define "secret-hygiene.certs-pod" -}}
{{- $root := index . 0 -}}
{{- $name := include "secret-hygiene.fullname" $root -}}
{{- $arguments := list "certs" (index . 1) (printf "--namespace=%s" $root.Release.Namespace) (printf "--service=%s" $name)
      (printf "--secret=%s" $root.Values.certificates.secretName) (printf "--validating=%s" $name) (printf "--mutating=%s" $name) -}}
{{ include "secret-hygiene.job-pod" (list $root "certs" $arguments $root.Values.certificates.resources "OnFailure" (index . 2)) }}
{{- end }}

{{- /* A CronJob with its account and what that may do with every Secret. Takes the root, the component, its values, its arguments and the verbs. */}}
{{- define "secret-hygiene.housekeeping" -}}
{{- $root := index . 0 -}}
{{- $component := index . 1 -}}
{{- $values := index . 2 -}}
{{- $suffix := printf "-%s" $component -}}
{{- $name := printf "%s-%s" (include "secret-hygiene.fullname" $root) $component -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "secret-hygiene.metadata" (list $root $component $suffix) | nindent 2 }}
automountServiceAccountToken: false
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  {{- include "secret-hygiene.cluster-metadata" (list $root $component $suffix) | nindent 2 }}
rules:
  - apiGroups: [""]
    resources: [secrets]
    verbs: {{ toYaml (index . 4) | nindent 6 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  {{- include "secret-hygiene.cluster-metadata" (list $root $component $suffix) | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ $name }}
subjects:
  - kind: ServiceAccount
    name: {{ $name }}
    namespace: {{ $root.Release.Namespace }}
---
apiVersion: batch/v1
kind: CronJob
metadata:
  {{- include "secret-hygiene.metadata" (list $root $component $suffix) | nindent 2 }}
spec:
  schedule: {{ $values.schedule | quote }}
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 3600
  successfulJobsHistoryLimit: 1
  failedJobsHistoryLimit: 1
  jobTemplate:
    metadata:
      labels:
        {{- include "secret-hygiene.labels" (list $root $component) | nindent 8 }}
    spec:
      backoffLimit: 2
      template:
        {{- include "secret-hygiene.job-pod" (list $root $component (index . 3) $values.resources "Never" $component) | nindent 8 }}
{{- end }}

{{- /* Takes the weight. */}}
{{- define "secret-hygiene.test-hook" -}}
annotations:
  helm.sh/hook: test
  helm.sh/hook-weight: {{ . | quote }}
  helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}

{{- /* Where a pod that asks the API server may connect to. */}}
{{- define "secret-hygiene.api-server-ports" -}}
ports:
  {{- range .Values.counting.apiServerPorts }}
  - port: {{ . }}
    protocol: TCP
  {{- end }}
{{- end }}
