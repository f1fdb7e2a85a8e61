{{- define "exporter.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "exporter.fullname" -}}
{{- $name := include "exporter.name" . }}
{{- $default := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) }}
{{- .Values.fullnameOverride | default $default | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "exporter.selectorLabels" -}}
app.kubernetes.io/name: {{ include "exporter.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "exporter.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "exporter.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* name, namespace and labels of an object; takes a dict of root, suffix and labels */}}
{{- define "exporter.metadata" -}}
name: {{ include "exporter.fullname" .root }}{{ .suffix }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "exporter.labels" .root | nindent 2 }}
  {{- with .labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "exporter.image" -}}
{{- with .Values.image }}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
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

{{- /* What both kinds of monitor say of the one endpoint; takes a dict of root and monitor. */}}
{{- define "exporter.endpoint" -}}
port: metrics
path: {{ include "exporter.metricsPath" .root }}
scheme: {{ .root.Values.tls.secret | empty | ternary "http" "https" }}
{{- with .root.Values.auth.secret }}
basicAuth:
  username: { name: {{ . }}, key: username }
  password: { name: {{ . }}, key: password }
{{- end }}
{{- with .monitor }}
{{- range $key := list "interval" "scrapeTimeout" "tlsConfig" "relabelings" "metricRelabelings" }}
{{- with get $.monitor $key }}
{{ dict $key . | toYaml }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
