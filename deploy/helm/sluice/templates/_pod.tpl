{{- /* What the pods of API and workers have alike. */ -}}

{{- define "sluice.environment" -}}
- { name: TEMPORAL_ADDRESS, value: {{ .Values.temporal.address | quote }} }
- { name: TEMPORAL_NAMESPACE, value: {{ .Values.temporal.namespace | quote }} }
{{- with .Values.temporal.tls }}
{{- if .enabled }}
- { name: TEMPORAL_TLS, value: "true" }
{{- if .secretName }}
- { name: TEMPORAL_TLS_SERVER_CA_CERT_PATH, value: /etc/temporal-tls/ca.crt }
{{- end }}
{{- if .clientCertificate }}
- { name: TEMPORAL_TLS_CLIENT_CERT_PATH, value: /etc/temporal-tls/tls.crt }
- { name: TEMPORAL_TLS_CLIENT_KEY_PATH, value: /etc/temporal-tls/tls.key }
{{- end }}
{{- if .serverName }}
- { name: TEMPORAL_TLS_SERVER_NAME, value: {{ .serverName | quote }} }
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.temporal.apiKeySecret }}
- name: TEMPORAL_API_KEY
  valueFrom: { secretKeyRef: { name: {{ . }}, key: apiKey } }
{{- end }}
- { name: SLUICE_CONFIG, value: /etc/sluice/sluice.yaml }
- { name: SLUICE_TOKENS_FILE, value: /etc/sluice-keys/tokens.json }
- { name: SLUICE_APPROVAL_KEY_FILE, value: /etc/sluice-keys/approval.key }
{{- if .Values.ledger.urlSecret }}
- { name: SLUICE_LEDGER_URL_FILE, value: /etc/sluice-ledger/url }
{{- end }}
{{- if .Values.payloadKeys.secret }}
- { name: SLUICE_PAYLOAD_KEYS_FILE, value: /etc/sluice-payload-keys/keys }
{{- end }}
{{- with .Values.temporal.uiUrl }}
- { name: SLUICE_TEMPORAL_UI_URL, value: {{ . | quote }} }
{{- end }}
{{- with .Values.privateNetworks }}
- { name: SLUICE_PRIVATE_NETWORKS, value: {{ join "," . | quote }} }
{{- end }}
- { name: SLUICE_LOG_LEVEL, value: {{ .Values.logLevel }} }
{{- with .Values.env }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "sluice.container" -}}
image: {{ include "sluice.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  capabilities: { drop: [ALL] }
  readOnlyRootFilesystem: true
volumeMounts:
  - { name: config, mountPath: /etc/sluice, readOnly: true }
  - { name: keys, mountPath: /etc/sluice-keys, readOnly: true }
  - { name: data, mountPath: /var/lib/sluice }
  - { name: tmp, mountPath: /tmp }
  {{- if .Values.temporal.tls.secretName }}
  - { name: temporal-tls, mountPath: /etc/temporal-tls, readOnly: true }
  {{- end }}
  {{- if .Values.ledger.urlSecret }}
  - { name: ledger, mountPath: /etc/sluice-ledger, readOnly: true }
  {{- end }}
  {{- if .Values.payloadKeys.secret }}
  - { name: payload-keys, mountPath: /etc/sluice-payload-keys, readOnly: true }
  {{- end }}
{{- with .Values.envFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "sluice.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "sluice.volumes" -}}
- name: config
  configMap: { name: {{ include "sluice.configMap" . }} }
- name: keys
  secret: { secretName: {{ include "sluice.keysSecret" . }}, defaultMode: 0440 }
- name: data
  persistentVolumeClaim: { claimName: {{ include "sluice.dataClaim" . }} }
- name: tmp
  emptyDir: { sizeLimit: 1Gi }
{{- with .Values.temporal.tls.secretName }}
- name: temporal-tls
  secret: { secretName: {{ . }}, defaultMode: 0440 }
{{- end }}
{{- with .Values.ledger.urlSecret }}
- name: ledger
  secret: { secretName: {{ . }}, defaultMode: 0440 }
{{- end }}
{{- with .Values.payloadKeys.secret }}
- name: payload-keys
  secret: { secretName: {{ . }}, defaultMode: 0440 }
{{- end }}
{{- end -}}

{{- /* Spread over nodes and zones as far as that goes. Of a list [root, component]. */ -}}
{{- define "sluice.spread" -}}
{{- $root := index . 0 }}
{{- $component := index . 1 }}
{{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
- maxSkew: 1
  topologyKey: {{ . }}
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- include "sluice.selector" $root | nindent 6 }}
      app.kubernetes.io/component: {{ $component }}
{{- end }}
{{- end -}}
