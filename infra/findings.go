package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"latchkey/shared/coded"
)

// metadata is what the CDK notes about constructs, by their paths.
// [Cloud assembly schema, MetadataEntry]
type metadata map[string][]struct {
	Type string `json:"type"`
	Data any    `json:"data"`
}

// levels are the types of entries that are findings, as they are printed.
// [same, ArtifactMetadataEntryType]
var levels = map[string]string{"aws:cdk:error": "error", "aws:cdk:warning": "warning"}

// findings prints what the checks say of the stacks of an assembly, and returns
// coded.Invalid if there is an error or a warning among it.
func findings(dir string, out io.Writer) error {
	var manifest struct {
		Artifacts map[string]struct {
			Metadata metadata `json:"metadata"`
			File     string   `json:"additionalMetadataFile"`
		} `json:"artifacts"`
	}
	if err := read(filepath.Join(dir, "manifest.json"), &manifest); err != nil {
		return err
	}
	found := 0
	for _, id := range slices.Sorted(maps.Keys(manifest.Artifacts)) {
		artifact := manifest.Artifacts[id]
		found += report(artifact.Metadata, out)
		if artifact.File == "" {
			continue
		}
		var more metadata
		if err := read(filepath.Join(dir, artifact.File), &more); err != nil {
			return err
		}
		found += report(more, out)
	}
	if found > 0 {
		return coded.Field("stacks", "mend what is found, or accept it where it is made (parts.Accept) with its reason", "%d findings", found)
	}
	return nil
}

// report prints the findings and counts them.
func report(m metadata, out io.Writer) (found int) {
	for _, path := range slices.Sorted(maps.Keys(m)) {
		for _, entry := range m[path] {
			if level, ok := levels[entry.Type]; ok {
				fmt.Fprintf(out, "%s: %s: %v\n", level, path, entry.Data)
				found++
			}
		}
	}
	return found
}

func read(path string, into any) error {
	raw, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	return nil
}
