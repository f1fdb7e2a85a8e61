{{- define "exporter.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "exporter.fullname" -}}
{{- $name := include "exporter.name" . }}
{{- $default := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) }}
{{- $fullname := .Values.fullnameOverride | default $default | trunc 63 | trimSuffix "-" }}
{{- /* A Service takes no other names: without this check everything else would be installed before it is refused. */}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $fullname) }}
{{- fail (printf "%q can't be the name of a Service: it must begin with a letter and hold only a-z, 0-9 and -. Choose another release name, or set fullnameOverride" $fullname) }}
{{- end }}
{{- $fullname }}
{{- end }}

{{- define "exporter.selectorLabels" -}}
app.kubernetes.io/name: {{ include "exporter.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- /* The labels of an object, each once; takes a dict of root and labels. What selectors use can't be replaced. */}}
{{- define "exporter.labels" -}}
{{- $own := dict
  "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-")
  "app.kubernetes.io/version" .root.Chart.AppVersion
  "app.kubernetes.io/managed-by" .root.Release.Service }}
{{- merge (include "exporter.selectorLabels" .root | fromYaml) .labels .root.Values.commonLabels $own | toYaml }}
{{- end }}

{{- /* name, namespace and labels of an object; takes a dict of root, suffix, labels, and namespace where it has one */}}
{{- define "exporter.metadata" -}}
name: {{ printf "%s%s" (include "exporter.fullname" .root) .suffix | quote }}
namespace: {{ .namespace | default .root.Release.Namespace | quote }}
labels:
  {{- include "exporter.labels" . | nindent 2 }}
{{- end }}

{{- define "exporter.image" -}}
{{- with .Values.image }}
{{- with $.Values.global.imageRegistry }}{{ . }}/{{ end }}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{- /* A parent chart may give the names alone. */}}
{{- define "exporter.imagePullSecrets" -}}
{{- range concat .Values.global.imagePullSecrets .Values.imagePullSecrets | uniq }}
- {{ kindIs "string" . | ternary (dict "name" .) . | toJson }}
{{- end }}
{{- end }}

{{- /* Resources with their quantities as text: the API server keeps text, so numbers would differ at each apply. */}}
{{- define "exporter.resources" -}}
{{- range $kind, $quantities := . }}
{{ $kind }}:
  {{- range $name, $quantity := $quantities }}
  {{ $name }}: {{ kindIs "string" $quantity | ternary $quantity (toJson $quantity) | quote }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "exporter.withoutNulls" -}}
{{- $kept := dict }}
{{- range $key, $value := . }}
{{- if not (kindIs "invalid" $value) }}
{{- $_ := set $kept $key $value }}
{{- end }}
{{- end }}
{{- toYaml $kept }}
{{- end }}

{{- /* Takes a dict of root and own, the fields that a pod needs beside those of every pod. */}}
{{- define "exporter.podSecurityContext" -}}
{{- $default := dict "runAsNonRoot" true "runAsUser" .root.Values.runAsUser "seccompProfile" (dict "type" "RuntimeDefault") }}
{{- include "exporter.withoutNulls" (mergeOverwrite $default .own (deepCopy .root.Values.podSecurityContext)) }}
{{- end }}

{{- define "exporter.securityContext" -}}
{{- $default := dict "allowPrivilegeEscalation" false "readOnlyRootFilesystem" true "capabilities" (dict "drop" (list "ALL")) }}
{{- include "exporter.withoutNulls" (mergeOverwrite $default (deepCopy .Values.securityContext)) }}
{{- end }}

{{- /* The paths are the exporter's own settings, read from the configuration file. */}}
{{- define "exporter.metricsPath" -}}
{{ dig "server" "metrics_path" "/metrics" .Values.config }}
{{- end }}

{{- define "exporter.healthPath" -}}
{{ dig "server" "health_path" "/health" .Values.config }}
{{- end }}

{{- define "exporter.readyPath" -}}
{{ dig "server" "ready_path" "/ready" .Values.config }}
{{- end }}

{{- /* Probes and tests have no certificate: with TLS they ask on a port of their own. */}}
{{- define "exporter.probePort" -}}
{{ .Values.tls.secret | empty | ternary "metrics" "health" }}
{{- end }}

{{- /* A probe; takes a dict of root, probe and path. */}}
{{- define "exporter.probe" -}}
httpGet: { path: {{ .path }}, port: {{ include "exporter.probePort" .root }} }
{{ toYaml .probe }}
{{- end }}

{{- /* The folder of the pod that the socket's own is mounted at: its files come and go with the engine, a mounted socket stays the old one. */}}
{{- define "exporter.socketFolder" -}}
/run/docker-engine
{{- end }}

{{- define "exporter.dockerHost" -}}
{{ .Values.docker.host | default (printf "unix://%s/%s" (include "exporter.socketFolder" .) (base .Values.docker.socketPath)) }}
{{- end }}

{{- define "exporter.testLabels" -}}
{{- /* Not those of the exporter: the Service would count this pod among its own. */ -}}
app.kubernetes.io/name: {{ include "exporter.name" . | trunc 58 | printf "%s-test" | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "exporter.podLabels" -}}
{{- merge (include "exporter.selectorLabels" . | fromYaml) .Values.podLabels .Values.commonLabels | toYaml }}
{{- end }}

{{- define "exporter.podAnnotations" -}}
{{- $own := dict "kubectl.kubernetes.io/default-container" "exporter" }}
{{- with .Values.config }}
{{- $_ := set $own "checksum/config" (toYaml . | sha256sum) }}
{{- end }}
{{- if .Values.scrapeAnnotations }}
{{- $_ := set $own "prometheus.io/scrape" "true" }}
{{- $_ := set $own "prometheus.io/port" (.Values.port | toString) }}
{{- $_ := set $own "prometheus.io/path" (include "exporter.metricsPath" .) }}
{{- $_ := set $own "prometheus.io/scheme" (.Values.tls.secret | empty | ternary "http" "https") }}
{{- end }}
{{- merge (deepCopy .Values.podAnnotations) $own | toYaml }}
{{- end }}
