{{- /* The objects are those of manifests/core and certs/, whose files say why each field is so; a test holds both equal. */}}

{{- define "secret-hygiene.labels" -}}
app.kubernetes.io/name: secret-hygiene
app.kubernetes.io/component: {{ . }}
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
{{- or .Values.events (eq (include "secret-hygiene.counts" .) "true") }}
{{- end }}

{{- define "secret-hygiene.spread" -}}
{{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
- topologyKey: {{ . }}
  maxSkew: 1
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- include "secret-hygiene.labels" "webhook" | nindent 6 }}
  matchLabelKeys: [pod-template-hash]
{{- end }}
{{- end }}

{{- define "secret-hygiene.container-security" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end }}

{{- /* Takes the root and the path. */}}
{{- define "secret-hygiene.client-config" -}}
{{- $root := index . 0 -}}
service:
  name: secret-hygiene
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
name: secret-hygiene
labels:
  {{- include "secret-hygiene.labels" "webhook" | nindent 2 }}
{{- if eq .Values.certificates.mode "cert-manager" }}
annotations:
  cert-manager.io/inject-ca-from: {{ .Release.Namespace }}/secret-hygiene-tls
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
        {{- append .Values.excludedNamespaces .Release.Namespace | uniq | toYaml | nindent 8 }}
{{ include "secret-hygiene.not-being-deleted" . }}
{{- end }}

{{- define "secret-hygiene.not-being-deleted" -}}
matchConditions:
  - name: not-being-deleted
    expression: "!(request.operation == 'UPDATE' && has(oldObject.metadata.deletionTimestamp))"
{{- end }}

{{- /* Of a Job or a CronJob. Takes the root, the component, the arguments, the memory that it requests, and the restartPolicy. */}}
{{- define "secret-hygiene.job-pod" -}}
{{- $root := index . 0 -}}
{{- $component := index . 1 -}}
metadata:
  labels:
    {{- include "secret-hygiene.labels" $component | nindent 4 }}
spec:
  serviceAccountName: secret-hygiene-{{ $component }}
  automountServiceAccountToken: true
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
  securityContext:
    runAsNonRoot: true
    {{- if not $root.Values.openshift }}
    runAsUser: 65532
    runAsGroup: 65532
    {{- end }}
    seccompProfile:
      type: RuntimeDefault
  containers:
    - name: {{ $component }}
      image: {{ include "secret-hygiene.image" $root | quote }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args: {{ toYaml (index . 2) | nindent 8 }}
      resources:
        requests:
          cpu: 10m
          memory: {{ index . 3 }}
        limits:
          memory: 128Mi
      securityContext:
        {{- include "secret-hygiene.container-security" . | nindent 8 }}
      {{- if eq $component "audit" }}
      volumeMounts:
        - name: policies
          mountPath: /etc/secret-hygiene/policies
          readOnly: true
  volumes:
    - name: policies
      configMap:
        name: secret-hygiene-policies
      {{- end }}
{{- end }}

{{- /* Takes the root and the command of `secret-hygiene certs`. */}}
{{- define "secret-hygiene.certs-pod" -}}
{{- $root := index . 0 -}}
{{- $arguments := list "certs" (index . 1) (printf "--namespace=%s" $root.Release.Namespace) "--service=secret-hygiene"
      (printf "--secret=%s" $root.Values.certificates.secretName) -}}
{{ include "secret-hygiene.job-pod" (list $root "certs" $arguments "32Mi" "OnFailure") }}
{{- end }}

{{- /* A CronJob with its account and what that may do with every Secret. Takes the root, the component, the schedule, its arguments and the verbs. */}}
{{- define "secret-hygiene.housekeeping" -}}
{{- $root := index . 0 -}}
{{- $component := index . 1 -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: secret-hygiene-{{ $component }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "secret-hygiene.labels" $component | nindent 4 }}
automountServiceAccountToken: false
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: secret-hygiene-{{ $component }}
  labels:
    {{- include "secret-hygiene.labels" $component | nindent 4 }}
rules:
  - apiGroups: [""]
    resources: [secrets]
    verbs: {{ toYaml (index . 4) | nindent 6 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: secret-hygiene-{{ $component }}
  labels:
    {{- include "secret-hygiene.labels" $component | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: secret-hygiene-{{ $component }}
subjects:
  - kind: ServiceAccount
    name: secret-hygiene-{{ $component }}
    namespace: {{ $root.Release.Namespace }}
---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: secret-hygiene-{{ $component }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "secret-hygiene.labels" $component | nindent 4 }}
spec:
  schedule: {{ index . 2 | quote }}
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 3600
  successfulJobsHistoryLimit: 1
  failedJobsHistoryLimit: 1
  jobTemplate:
    metadata:
      labels:
        {{- include "secret-hygiene.labels" $component | nindent 8 }}
    spec:
      backoffLimit: 2
      template:
        {{- include "secret-hygiene.job-pod" (list $root $component (index . 3) "64Mi" "Never") | nindent 8 }}
{{- end }}
