package events

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed samples/*.json
var sampleFiles embed.FS

// Sample is one event of real shape, envelope and all.
type Sample struct {
	Name  string // "kms-call.disable-key"
	Event []byte
}

// Samples returns every sample, in order of name.
func Samples() []Sample {
	files, err := sampleFiles.ReadDir("samples")
	if err != nil {
		panic(fmt.Sprintf("events: reading samples: %v", err))
	}
	out := make([]Sample, 0, len(files))
	for _, f := range files {
		out = append(out, Sample{
			Name:  strings.TrimSuffix(f.Name(), ".json"),
			Event: mustRead(sampleFiles, "samples/"+f.Name()),
		})
	}
	return out
}

// Samples returns the samples of a kind; every kind has at least one.
func (k Kind) Samples() []Sample {
	var out []Sample
	for _, s := range Samples() {
		if name, _, _ := strings.Cut(s.Name, "."); name == k.Name {
			out = append(out, s)
		}
	}
	return out
}
