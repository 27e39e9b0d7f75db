{{- define "mcp-gateway.image" -}}
{{- if kindIs "float64" .Values.image.tag }}
{{- fail "image.tag: write it in quotes, since YAML takes it for a number, and 1.10 for 1.1" }}
{{- end }}
{{- .Values.image.repository }}{{ if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{/* Helm takes a number for a float64, and writes those from a million on as 1e+06. */}}
{{- define "mcp-gateway.env" -}}
{{- range $name, $value := .Values.env }}
{{- if has $name (list "ALLOWED_HOSTS" "DATABASE_URL_FILE" "MCP_ADMIN_KEY_FILE" "MCP_SECRET_KEY_FILE" "PUBLIC_URL" "REDIS_URL_FILE" "TRUSTED_NETWORKS") }}
{{- fail (printf "env.%s: the chart sets it itself, by allowedHosts, trustedNetworks, publicUrl and secretName" $name) }}
{{- end }}
{{- if has $name (list "DATA_DIR" "MCP_PORT" "METRICS_PORT" "PORT") }}
{{- fail (printf "env.%s: probes, Services and volumes of the chart go by its default" $name) }}
{{- end }}
{{- if has $name (list "DATABASE_URL" "MCP_ADMIN_KEY" "MCP_SECRET_KEY" "REDIS_URL") }}
{{- fail (printf "env.%s: it comes from the Secret that secretName names" $name) }}
{{- end }}
- { name: {{ $name | quote }}, value: {{ if kindIs "float64" $value }}{{ $value | toJson | quote }}{{ else }}{{ $value | quote }}{{ end }} }
{{- end }}
{{- end }}
