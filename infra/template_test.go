package main

import "latchkey/infra/network/synthtest"

// text is a value of a template as the sources write it: a reference is ${…}.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case map[string]any:
		if len(v) != 1 {
			break
		}
		for f, arg := range v {
			switch {
			case f == "Ref":
				return "${" + text(arg) + "}"
			case f == "Fn::Sub":
				return text(arg)
			case f == "Fn::GetAtt":
				of := arg.([]any)
				return "${" + text(of[0]) + "." + text(of[1]) + "}"
			}
		}
	}
	return synthtest.Text(v)
}

// texts is a value that is a text or a list of texts.
func texts(v any) []string {
	list, ok := v.([]any)
	if !ok {
		return []string{text(v)}
	}
	out := make([]string, len(list))
	for i := range list {
		out[i] = text(list[i])
	}
	return out
}

// part returns what a path of members leads to; nil if there is nothing.
func part(v any, path ...string) any {
	for _, p := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[p]
	}
	return v
}
