package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const document = "../../docs/deploy.md"

func TestRun(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		code int
		says string // on standard output, or on standard error where it fails
	}{
		"table":               {nil, 0, "| USD a month | 10 tenants | 1,000 tenants | 100,000 tenants |"},
		"own numbers":         {[]string{"-tenants", "7, 500", "-dedicated", "1"}, 0, "| *customers' keys* | 7 | 500 |"},
		"detail":              {[]string{"-detail", "-tenants", "10"}, 0, "| KMS | probes |"},
		"prices":              {[]string{"-prices"}, 0, "| kms-request | 0.000003 |"},
		"source of a price":   {[]string{"-prices"}, 0, "| us-east-1 | RDS for PostgreSQL pricing | 2026-10-01 | StevenFierroJ/"},
		"another price":       {[]string{"-prices", "-price", "kms-request=0.1"}, 0, "| kms-request | 0.1 | request | us-east-1 | KMS pricing |  | -price | your own |"},
		"no such price":       {[]string{"-price", "gold=1"}, 2, "there is no price \"gold\""},
		"a price that is not": {[]string{"-price", "kms-key=NaN"}, 2, "is not a price"},
		"no tenants":          {[]string{"-tenants", "0"}, 2, "hint: give numbers from 1"},
		"share above one":     {[]string{"-dedicated", "20"}, 2, "hint: give a share from 0 to 1"},
		"little storage":      {[]string{"-storage", "5"}, 2, "hint: RDS takes 20"},
		"no products":         {[]string{"-products", "0"}, 2, "products: is 0"},
		"no shard":            {[]string{"-shard", "0"}, 2, "shard: is 0"},
		"no cells":            {[]string{"-cells", "0"}, 2, "cells: is 0"},
		"many zones":          {[]string{"-zones", "9"}, 2, "zones: is 9"},
		"an argument":         {[]string{"100"}, 2, "hint: give flags only"},
		"unknown document":    {[]string{"-write", "no-such-file"}, 1, "no-such-file"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			if code := run(test.args, &out, &errs); code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			if said := out.String() + errs.String(); !strings.Contains(said, test.says) {
				t.Errorf("says %q, not %q", said, test.says)
			}
		})
	}
}

func TestRun_Write(t *testing.T) {
	file := filepath.Join(t.TempDir(), "doc.md")
	if err := os.WriteFile(file, []byte("before\n"+begin+"old\n"+end+"after\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if code := run([]string{"-write", file}, &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	got, _ := os.ReadFile(file)
	if s := string(got); !strings.HasPrefix(s, "before\n"+begin) || !strings.HasSuffix(s, end+"after\n") || strings.Contains(s, "old") || !strings.Contains(s, "| **all** |") {
		t.Errorf("wrote %s", s)
	}
	if _, err := between("no markers", "x"); err == nil {
		t.Error("a document without markers is taken")
	}
}

// TestDocs_Fresh fails where docs/deploy.md has another table than this one:
// run go generate ./infra/cost.
func TestDocs_Fresh(t *testing.T) {
	var out, errs bytes.Buffer
	if code := run(nil, &out, &errs); code != 0 {
		t.Fatal(errs.String())
	}
	doc, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := between(string(doc), out.String())
	if err != nil {
		t.Fatal(err)
	}
	if fresh != string(doc) {
		t.Errorf("%s has an old table: run go generate ./infra/cost", document)
	}
}
