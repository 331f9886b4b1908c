package template

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"latchkey/shared/coded"
)

// Stack is one stack of an assembly.
type Stack struct {
	Name     string
	Region   string // empty: of no particular Region
	Document Document
	Assets   []Asset
}

// Asset is a file or folder that the stack's resources refer to.
type Asset struct {
	Path        string // absolute
	Zip         bool   // Path is a folder, to be zipped
	Bucket, Key string // with pseudo parameters, as ${AWS::AccountId}
	ID          string // of the asset, for messages
}

// Document is a template: plain JSON.
type Document map[string]any

// manifest is manifest.json, as far as stacks are concerned.
type manifest struct {
	Artifacts map[string]struct {
		Type        string `json:"type"`
		Environment string `json:"environment"`
		Properties  struct {
			TemplateFile string `json:"templateFile"`
			StackName    string `json:"stackName"`
		} `json:"properties"`
	} `json:"artifacts"`
}

// Load reads a cloud assembly's stacks, in order of name. It returns
// coded.Invalid for a folder that is none.
// [CDK guide, Cloud assemblies: manifest.json, <stack>.assets.json]
func Load(dir string) ([]Stack, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, coded.Wrap(coded.Internal, err, "finding %s", dir)
	}
	var manifest manifest
	if err := readJSON(filepath.Join(dir, "manifest.json"), &manifest); err != nil {
		return nil, &coded.Error{Code: coded.Invalid, Field: "assembly", Message: "is not a cloud assembly",
			Hint: "synthesize it with: go run ./infra -out " + dir, Err: err}
	}
	var stacks []Stack
	for id, a := range manifest.Artifacts {
		if a.Type != "aws:cloudformation:stack" {
			continue
		}
		s := Stack{Name: a.Properties.StackName, Region: regionOf(a.Environment)}
		if s.Name == "" {
			s.Name = id
		}
		if err := readJSON(filepath.Join(dir, a.Properties.TemplateFile), &s.Document); err != nil {
			return nil, err
		}
		if s.Assets, err = assets(dir, strings.TrimSuffix(a.Properties.TemplateFile, ".template.json")+".assets.json"); err != nil {
			return nil, err
		}
		stacks = append(stacks, s)
	}
	slices.SortFunc(stacks, func(a, b Stack) int { return strings.Compare(a.Name, b.Name) })
	if len(stacks) == 0 {
		return nil, coded.Field("assembly", "synthesize it again", "%s has no stacks", dir)
	}
	return stacks, nil
}

// regionOf reads aws://account/region.
func regionOf(environment string) string {
	_, region, _ := strings.Cut(strings.TrimPrefix(environment, "aws://"), "/")
	if strings.HasPrefix(region, "unknown-") {
		return ""
	}
	return region
}

func assets(dir, file string) ([]Asset, error) {
	var list struct {
		Files map[string]struct {
			Source struct {
				Path      string `json:"path"`
				Packaging string `json:"packaging"`
			} `json:"source"`
			Destinations map[string]struct {
				BucketName string `json:"bucketName"`
				ObjectKey  string `json:"objectKey"`
			} `json:"destinations"`
		} `json:"files"`
	}
	if err := readJSON(filepath.Join(dir, file), &list); err != nil {
		return nil, err
	}
	var out []Asset
	for id, f := range list.Files {
		for _, d := range f.Destinations {
			path := f.Source.Path
			if !filepath.IsAbs(path) {
				path = filepath.Join(dir, path)
			}
			out = append(out, Asset{ID: id, Path: path, Zip: f.Source.Packaging == "zip", Bucket: d.BucketName, Key: d.ObjectKey})
		}
	}
	slices.SortFunc(out, func(a, b Asset) int { return strings.Compare(a.ID+a.Bucket, b.ID+b.Bucket) })
	return out, nil
}

func readJSON(path string, into any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return coded.Wrap(coded.Invalid, err, "reading %s", filepath.Base(path))
	}
	if err := json.Unmarshal(b, into); err != nil {
		return coded.Wrap(coded.Invalid, err, "reading %s", path)
	}
	return nil
}

// Clone returns a copy that shares nothing with d.
func (d Document) Clone() (Document, error) {
	b, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("copying a template: %w", err)
	}
	var out Document
	return out, json.Unmarshal(b, &out)
}
