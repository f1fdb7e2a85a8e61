{{- /* What both kinds of monitor say of the one endpoint; takes a dict of root and monitor. */}}
{{- define "exporter.endpoint" -}}
port: metrics
path: {{ include "exporter.metricsPath" .root }}
scheme: {{ .root.Values.tls.secret | empty | ternary "http" "https" }}
{{- with .root.Values.auth.secret }}
basicAuth:
  username: { name: {{ quote . }}, key: username }
  password: { name: {{ quote . }}, key: password }
{{- end }}
{{- range $key := list "honorLabels" "interval" "scrapeTimeout" "tlsConfig" "relabelings" "metricRelabelings" }}
{{- with get $.monitor $key }}
{{ dict $key . | toYaml }}
{{- end }}
{{- end }}
{{- end }}

{{- /* What both kinds of monitor say of their targets; takes a dict of root and monitor. */}}
{{- define "exporter.monitorSpec" -}}
{{- with .monitor.jobLabel }}
jobLabel: {{ quote . }}
{{- end }}
{{- with .monitor.sampleLimit }}
sampleLimit: {{ . }}
{{- end }}
selector:
  matchLabels:
    {{- include "exporter.selectorLabels" .root | nindent 4 }}
{{- if .monitor.namespace }}
namespaceSelector:
  matchNames: [{{ .root.Release.Namespace | quote }}]
{{- end }}
{{- end }}

{{- /* The labels that the exporter's targets have, and no others. */}}
{{- define "exporter.targetSelector" -}}
{{- $name := include "exporter.fullname" . }}
{{- if .Values.prometheusRule.targetSelector }}
{{- .Values.prometheusRule.targetSelector }}
{{- else if .Values.serviceMonitor.enabled }}
{{- $labels := include "exporter.labels" (dict "root" . "labels" .Values.service.labels) | fromYaml }}
{{- printf "job=%q" (get $labels .Values.serviceMonitor.jobLabel | default $name) }}
{{- else if .Values.podMonitor.enabled }}
{{- $labels := include "exporter.podLabels" . | fromYaml }}
{{- $namespace := .Values.podMonitor.namespace | default .Release.Namespace }}
{{- printf "job=%q" (get $labels .Values.podMonitor.jobLabel | default (printf "%s/%s" $namespace $name)) }}
{{- else }}
{{- /* The job and the labels that the usual configuration for annotated pods gives them. */}}
{{- printf "job=\"kubernetes-pods\", app_kubernetes_io_name=%q, app_kubernetes_io_instance=%q" (include "exporter.name" .) .Release.Name }}
{{- end }}
{{- end }}

{{- /* The rules of files/alerts.yml, changed as prometheusRule says. */}}
{{- define "exporter.rules" -}}
{{- $root := . }}
{{- $file := .Files.Get "files/alerts.yml" | required "files/alerts.yml is missing or empty" | fromYaml }}
{{- $names := list }}
{{- range $file.groups }}
{{- $rules := list }}
{{- range $rule := .rules }}
{{- $names = append $names $rule.alert }}
{{- $change := get $root.Values.prometheusRule.alerts $rule.alert | default dict }}
{{- $_ := set $rule "expr" ($rule.expr | replace "job=~\".+\"" (include "exporter.targetSelector" $root)) }}
{{- if hasKey $change "threshold" }}
{{- $last := regexFind "[0-9.]+$" $rule.expr | required (printf "prometheusRule.alerts: %s has no threshold" $rule.alert) }}
{{- $_ := set $rule "expr" (printf "%s%v" (trimSuffix $last $rule.expr) $change.threshold) }}
{{- end }}
{{- with $change.for }}
{{- $_ := set $rule "for" . }}
{{- end }}
{{- with $change.severity }}
{{- $_ := set $rule.labels "severity" . }}
{{- end }}
{{- with $root.Values.prometheusRule.runbookUrl }}
{{- $_ := set $rule.annotations "runbook_url" (printf "%s#%s" . (lower $rule.alert)) }}
{{- end }}
{{- if dig "enabled" true $change }}
{{- $rules = append $rules $rule }}
{{- end }}
{{- end }}
{{- $_ := set . "rules" $rules }}
{{- end }}
{{- range $name, $change := .Values.prometheusRule.alerts }}
{{- if not (has $name $names) }}
{{- fail (printf "prometheusRule.alerts: there is no alert %s; there are %s" $name (join ", " $names)) }}
{{- end }}
{{- end }}
{{- toYaml $file }}
{{- end }}
