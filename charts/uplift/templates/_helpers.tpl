{{- define "uplift.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "uplift.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains (include "uplift.name" .) .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "uplift.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "uplift.serviceAccountName" -}}
{{- default (include "uplift.fullname" .) .Values.serviceAccount.name -}}
{{- end -}}

{{/* The operator as the API server names it. The policies tell it from everybody else by this. */}}
{{- define "uplift.operatorUser" -}}
system:serviceaccount:{{ .Release.Namespace }}:{{ include "uplift.serviceAccountName" . }}
{{- end -}}

{{/* Namespaces in which the operator changes nothing, whatever RBAC lets it: the cluster's own, and its own. As a list in CEL. */}}
{{- define "uplift.shutNamespaces" -}}
['kube-system', 'kube-public', 'kube-node-lease', '{{ .Release.Namespace }}']
{{- end -}}

{{- define "uplift.selectorLabels" -}}
app.kubernetes.io/name: {{ include "uplift.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* No managed-by: Helm adds its own, and deploy/uplift.yaml is applied without Helm. */}}
{{- define "uplift.labels" -}}
{{ include "uplift.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "uplift.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{/* config.yaml, as `uplift run --config` reads it. */}}
{{- define "uplift.config" -}}
notices:
  source: {{ .Values.notices.source | quote }}
  signingSecretFile: /etc/uplift/secrets/signing-secret
  allowHosts: {{ toJson .Values.notices.allowHosts }}
  caFile: {{ if .Values.notices.extraCA.existingConfigMap }}/etc/uplift/ca/ca.crt{{ else }}null{{ end }}
{{- with .Values.notices.email }}
{{- if .host }}
  email:
    host: {{ .host | quote }}
    {{- with .port }}
    port: {{ int . }}
    {{- end }}
    tls: {{ .tls | quote }}
    {{- with .username }}
    username: {{ . | quote }}
    passwordFile: /etc/uplift/mail/password
    {{- end }}
    from: {{ .from | quote }}
    {{- with .replyTo }}
    replyTo: {{ . | quote }}
    {{- end }}
    {{- if .templates.existingConfigMap }}
    templatesDir: /etc/uplift/templates
    {{- end }}
{{- else }}
  email: null
{{- end }}
{{- end }}
contacts:
  platform: {{ toJson ((.Values.contacts | default dict).platform | default list) }}
lifecycle:
  allowHosts: {{ toJson ((.Values.lifecycle | default dict).allowHosts | default list) }}
leaderElection:
  leaseName: {{ include "uplift.fullname" . | quote }}
  leaseNamespace: {{ .Release.Namespace | quote }}
  leaseDuration: {{ .Values.leaderElection.leaseDuration | quote }}
health:
  listen: {{ .Values.health.listen | quote }}
jobs:
  acceptanceNamespace: {{ .Values.jobs.acceptanceNamespace | quote }}
{{- with .Values.trials }}
trials:
  maxRunning: {{ int .maxRunning }}
  maxTtl: {{ .maxTtl | quote }}
{{- end }}
{{- end -}}

{{/* Destinations of trials.allow (cidr:port), as a list in CEL. The schema lets pass nothing that means something in a string there. */}}
{{- define "uplift.trialsAllow" -}}
[{{ range $i, $to := (.Values.trials | default dict).allow }}{{ if $i }}, {{ end }}'{{ $to }}'{{ end }}]
{{- end -}}

{{/* "true" when the stamp is installed. Its two halves come and go together, see templates/admission/opt-out-stamp.yaml. */}}
{{- define "uplift.optOutStamp" -}}
{{- if eq .Values.admission.optOutStamp "always" -}}true
{{- else if eq .Values.admission.optOutStamp "auto" -}}
{{- if .Capabilities.APIVersions.Has "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy" -}}true{{- end -}}
{{- end -}}
{{- end -}}

{{/*
What an answer may be, in CEL, of the text v: a day or a version (R11).
format.date() knows that there is no 31 November; the pattern alone does not. 15.12.2026 has the form of a version, and is a date as people
write it: taken for a version it would be past, and the no lost.
*/}}
{{- define "uplift.isAnswer" -}}
(v.matches('^[0-9]{4}-[0-9]{2}-[0-9]{2}$') && !format.date().validate(v).hasValue()
      || {{ include "uplift.isVersion" . }})
{{- end -}}

{{/* A version, in CEL, of the text v. */}}
{{- define "uplift.isVersion" -}}
(v.size() <= 64 && v.matches('^[0-9]{1,18}([.][0-9]{1,18}){1,5}(-[0-9A-Za-z-]+([.][0-9A-Za-z-]+)*)?$') && !v.matches('^[0-9]{1,2}[.][0-9]{1,2}[.][0-9]{4}$'))
{{- end -}}

{{/*
Images of images.allow, as a regular expression within a string of CEL. registry.example/shop/ is all below it, registry.example/shop/web that
repository. The schema lets pass no character but the dot that means something in one.
*/}}
{{- define "uplift.allowedImages" -}}
{{- $parts := list -}}
{{- range .Values.images.allow -}}
{{- $part := . | replace "." "[.]" -}}
{{- $parts = append $parts (hasSuffix "/" . | ternary (printf "%s[a-z0-9._/-]+" $part) $part) -}}
{{- end -}}
^({{ join "|" $parts }})(:[A-Za-z0-9_][A-Za-z0-9._-]*)?{{ .Values.images.byDigest | ternary "@sha256:[0-9a-f]{64}" "(@sha256:[0-9a-f]{64})?" }}$
{{- end -}}
