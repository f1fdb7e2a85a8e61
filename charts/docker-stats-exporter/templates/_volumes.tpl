{{- define "exporter.volumeMounts" -}}
{{- if empty .Values.docker.host }}
- { name: docker-socket, mountPath: {{ include "exporter.socketFolder" . }}, readOnly: true, mountPropagation: HostToContainer }
{{- end }}
{{- if .Values.config }}
- { name: config, mountPath: /etc/docker-stats-exporter/config, readOnly: true }
{{- end }}
{{- if .Values.auth.secret }}
- { name: auth, mountPath: /etc/docker-stats-exporter/auth, readOnly: true }
{{- end }}
{{- if .Values.tls.secret }}
- { name: tls, mountPath: /etc/docker-stats-exporter/tls, readOnly: true }
{{- end }}
{{- if .Values.docker.tlsSecret }}
- { name: docker-tls, mountPath: /etc/docker-stats-exporter/docker-tls, readOnly: true }
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "exporter.volumes" -}}
{{- if empty .Values.docker.host }}
- name: docker-socket
  hostPath: { path: {{ dir .Values.docker.socketPath | quote }}, type: DirectoryOrCreate }
{{- end }}
{{- if .Values.config }}
- name: config
  configMap: { name: {{ include "exporter.fullname" . | quote }} }
{{- end }}
{{- with .Values.auth.secret }}
- name: auth
  secret: { secretName: {{ quote . }}, items: [{ key: password, path: password }], defaultMode: 0440 }
{{- end }}
{{- with .Values.tls.secret }}
- name: tls
  secret: { secretName: {{ quote . }}, defaultMode: 0440 }
{{- end }}
{{- with .Values.docker.tlsSecret }}
- name: docker-tls
  secret: { secretName: {{ quote . }}, defaultMode: 0440 }
{{- end }}
{{- with .Values.extraVolumes }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}
