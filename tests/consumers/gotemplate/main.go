// Executes Go templates with sprig's functions, as the External Secrets Operator does.
//
// Standard input: {"templates": {key: template}, "cases": [{field: value}]}. Standard output: a list with, for each
// case, the texts by their keys, or {"error": …} when one of the templates fails.
package main

import (
	"bytes"
	"encoding/json"
	"os"
	"text/template"

	"github.com/Masterminds/sprig"
)

func main() {
	var in struct {
		Templates map[string]string
		Cases     []map[string]string
	}
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		panic(err)
	}
	out := []map[string]string{}
	for _, fields := range in.Cases {
		texts := map[string]string{}
		for key, text := range in.Templates {
			parsed, err := template.New(key).Option("missingkey=error").Funcs(sprig.TxtFuncMap()).Parse(text)
			buffer := bytes.Buffer{}
			if err == nil {
				err = parsed.Execute(&buffer, fields)
			}
			if err != nil {
				texts = map[string]string{"error": err.Error()}
				break
			}
			texts[key] = buffer.String()
		}
		out = append(out, texts)
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		panic(err)
	}
}
