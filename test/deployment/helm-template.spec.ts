import { describe, expect, it } from 'vitest';
import { render } from '../../scripts/helm-template.mjs';

describe('what stands in for Helm', () => {
  const scope = { Values: { on: true, off: '', map: { b: 'x', a: 1 }, deep: { list: ['y'] }, many: 2_097_152 } };

  it.each([
    ['a: {{ .Values.deep.list }}', 'a: y'],
    ['a: {{ .Values.map.a | quote }}', 'a: "1"'],
    ['{{- if .Values.on }}\nyes\n{{- end }}', '\nyes'],
    ['x\n{{- if .Values.off }}\nyes\n{{- end }}\n', 'x\n'],
    ['{{ if not .Values.off }}no{{ end }}', 'no'],
    ['{{ range $k, $v := .Values.map }}{{ $k }}={{ $v }};{{ end }}', 'a=1;b=x;'],
    ['l:\n  {{- toYaml .Values.deep.list | nindent 2 }}', 'l:\n  - y'],
    ['{{ .Values.many | quote }}', '"2.097152e+06"'],
    ['{{ .Values.many | toJson | quote }}', '"2097152"'],
    ['{{ int .Values.many | quote }}', '"2097152"'],
    ['{{ if kindIs "float64" .Values.on }}a{{ else }}b{{ end }}', 'b'],
    ['{{ if gt (int .Values.map.a) 0 }}a{{ end }}', 'a'],
    ['{{ if or .Values.off .Values.on }}a{{ end }}', 'a'],
    ['{{ .Values.off | default .Values.map.b }}', 'x'],
    ['{{ range $each := .Values.deep.list }}{{ . }}{{ $each }}{{ $.Values.on }}{{ end }}', 'yytrue'],
    ['{{/* why */}}{{ define "x" -}} {{ .on }} {{- end }}{{ include "x" .Values | trim }}', 'true'],
    ['{{ if has "a" (list "a" "b c") }}{{ printf "%s!" .Values.map.b }}{{ end }}', 'x!'],
  ])('%j becomes %j', (template, text) => {
    expect(render(template, scope)).toBe(text);
  });

  it.each([
    ['{{ .Values.none }}', /\.Values\.none has no value/],
    ['{{ include "x" . }}', /Not known here/],
    ['{{ with .Values.on }}{{ end }}', /Not known here/],
    ['{{ "x }}', /Not known here/],
    ['{{ (.Values.on }}', /Not known here/],
    ['{{ if gt .Values.many 0 }}{{ end }}', /no float64 with an int/],
    ['{{ range $each := .Values.deep.list }}{{ .Values.on }}{{ end }}', /\.Values\.on has no value/],
    ['{{ fail "why" }}', /^why$/],
    ['{{ .Values.on | upper }}', /Not known here/],
    ['{{ if .Values.on }}', /has no end/],
    ['{{ end }}', /ends nothing/],
  ])('%j is refused', (template, message) => {
    expect(() => render(template, scope)).toThrow(message);
  });
});
