{{- /* The objects are those of manifests/core and certs/, whose files say why each field is so; a test holds both equal. */}}

{{- define "secret-hygiene.labels" -}}
app.kubernetes.io/name: secret-hygiene
app.kubernetes.io/component: {{ . }}
{{- end }}

{{- define "secret-hygiene.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- /* "true" where limits across Secrets are served. YAML takes off without quotes for false. */}}
{{- define "secret-hygiene.counts" -}}
{{- $counts := has .Values.counting.mode (list "local" "strict") }}
{{- if and $counts (not .Values.endpointToken) (not .Values.clientCa.configMap) }}
{{- fail "with counting.mode, set endpointToken (openssl rand -hex 32 makes one) or clientCa.configMap: else any pod could fill a count with forged reviews" }}
{{- end }}
{{- $counts }}
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

{{- /* Takes the root and the arguments of `secret-hygiene certs`. */}}
{{- define "secret-hygiene.certs-pod" -}}
{{- $root := index . 0 -}}
metadata:
  labels:
    {{- include "secret-hygiene.labels" "certs" | nindent 4 }}
spec:
  serviceAccountName: secret-hygiene-certs
  automountServiceAccountToken: true
  enableServiceLinks: false
  restartPolicy: OnFailure
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
    runAsUser: 65532
    runAsGroup: 65532
    seccompProfile:
      type: RuntimeDefault
  containers:
    - name: certs
      image: {{ include "secret-hygiene.image" $root | quote }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args:
        - certs
        - {{ index . 1 }}
        - --namespace={{ $root.Release.Namespace }}
        - --service=secret-hygiene
        - --secret={{ $root.Values.certificates.secretName }}
      resources:
        requests:
          cpu: 10m
          memory: 32Mi
        limits:
          memory: 128Mi
      securityContext:
        {{- include "secret-hygiene.container-security" . | nindent 8 }}
{{- end }}
