{{- /* The container's environment, each variable once: otlp.env goes before otlp.*, and extraEnv before all of them. */}}
{{- define "exporter.env" -}}
{{- $given := dict }}
{{- range .Values.extraEnv }}
{{- $_ := set $given .name true }}
{{- end }}
{{- range include "exporter.ownEnv" . | fromYamlArray }}
{{- if not (hasKey $given .name) }}
- {{ toYaml . | nindent 2 | trim }}
{{- end }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "exporter.ownEnv" -}}
- name: NODE_NAME
  valueFrom: { fieldRef: { fieldPath: spec.nodeName } }
- name: DOCKER_HOST
  value: {{ include "exporter.dockerHost" . | quote }}
{{- if .Values.docker.tlsSecret }}
- name: DOCKER_TLS_VERIFY
  value: '1'
- name: DOCKER_CERT_PATH
  value: /etc/docker-stats-exporter/docker-tls
{{- end }}
{{- with .Values.auth.secret }}
- name: AUTH_USERNAME
  valueFrom: { secretKeyRef: { name: {{ quote . }}, key: username } }
{{- end }}
{{- if .Values.otlp.endpoint }}
{{- $env := dict "OTEL_EXPORTER_OTLP_ENDPOINT" .Values.otlp.endpoint "OTEL_RESOURCE_ATTRIBUTES" "k8s.node.name=$(NODE_NAME)" }}
{{- range $name, $value := mergeOverwrite $env .Values.otlp.env }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- with .Values.otlp.headersSecret }}
{{- if not (hasKey $env "OTEL_EXPORTER_OTLP_HEADERS") }}
- name: OTEL_EXPORTER_OTLP_HEADERS
  valueFrom: { secretKeyRef: { name: {{ quote . }}, key: OTEL_EXPORTER_OTLP_HEADERS } }
{{- end }}
{{- end }}
{{- end }}
{{- end }}
