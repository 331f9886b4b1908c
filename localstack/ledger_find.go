package main

import (
	"cmp"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"latchkey/shared/coded"
)

// trailFiles is what a search for log files found.
type trailFiles struct {
	paths   []string     // in the order of delivery, as far as names tell it
	bytes   int64        // their size as stored
	digests int          // of log-file validation: left out
	others  int          // neither log file nor digest: left out
	broken  []brokenPart // places that could not be looked into
}

// fileKind is what a file's name says about its content.
type fileKind int

const (
	otherFile fileKind = iota
	logFile
	digestFile
)

// findTrailFiles looks for log files in all paths, and below folders. A path
// that does not exist is an error; a place below it that cannot be read is told
// as broken. Links to folders below a path are not followed.
func findTrailFiles(ctx context.Context, roots []string) (trailFiles, error) {
	f := finder{seen: map[string]bool{}}
	for _, root := range roots {
		info, err := os.Stat(root)
		if err != nil {
			e := coded.Wrap(coded.Invalid, err, "looking for CloudTrail files")
			e.Hint = "name files, or a folder such as a copy of a trail's AWSLogs: `aws s3 sync s3://BUCKET/AWSLogs AWSLogs`"
			return trailFiles{}, e
		}
		if !info.IsDir() {
			f.add(root, info, true)
			continue
		}
		if err := f.walk(ctx, root); err != nil {
			return trailFiles{}, err
		}
	}
	if len(f.found.paths) == 0 && len(f.found.broken) == 0 {
		return trailFiles{}, coded.Field("path", "log files end in .json or .json.gz; those in CloudTrail-Digest are digests, not logs",
			"there is no CloudTrail log file in %s", strings.Join(roots, ", "))
	}
	slices.SortFunc(f.found.paths, func(a, b string) int {
		return cmp.Or(cmp.Compare(delivered(a), delivered(b)), cmp.Compare(a, b))
	})
	return f.found, nil
}

// finder gathers files, each once.
type finder struct {
	found trailFiles
	seen  map[string]bool
}

func (f *finder) walk(ctx context.Context, root string) error {
	if real, err := filepath.EvalSymlinks(root); err == nil {
		root = real // WalkDir does not follow a link at its root either
	}
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return asImportError(ctx.Err())
		}
		if err != nil {
			f.found.broken = append(f.found.broken, brokenPart{File: path, Reason: causeOf(err)})
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() {
			return nil
		}
		info, err := os.Stat(path) // of what a link leads to
		if err != nil {
			f.found.broken = append(f.found.broken, brokenPart{File: path, Reason: causeOf(err)})
			return nil
		}
		f.add(path, info, false)
		return nil
	})
}

// add takes a file. One that was named is read whatever it is called.
func (f *finder) add(path string, info fs.FileInfo, named bool) {
	kind := kindOfFile(path)
	switch {
	case kind == digestFile:
		f.found.digests++
		return
	case kind != logFile && !named, !info.Mode().IsRegular():
		f.found.others++
		return
	}
	if absolute, err := filepath.Abs(path); err == nil {
		if f.seen[absolute] {
			return
		}
		f.seen[absolute] = true
	}
	f.found.paths = append(f.found.paths, path)
	f.found.bytes += info.Size()
}

// kindOfFile tells by the name. Of what CloudTrail stores, the folders CloudTrail
// and CloudTrail-NetworkActivity hold log files of events; those with something
// else after the word hold digests, insights and sums. [CloudTrail guide, Finding
// your CloudTrail log files; CloudTrail digest file structure]
func kindOfFile(path string) fileKind {
	name, folders := filepath.Base(path), filepath.ToSlash(filepath.Dir(path))+"/"
	switch {
	case !strings.HasSuffix(name, ".json") && !strings.HasSuffix(name, ".json.gz"):
		return otherFile
	case strings.Contains(name, "_CloudTrail-Digest_"), strings.Contains(folders, "/CloudTrail-Digest/"):
		return digestFile
	case strings.Contains(name, "_CloudTrail-NetworkActivity_"):
		return logFile
	case strings.Contains(name, "_CloudTrail-"), strings.Contains(folders, "/CloudTrail-Insight/"), strings.Contains(folders, "/CloudTrail-Aggregated/"):
		return otherFile
	default:
		return logFile
	}
}

// delivered returns the time in a log file's name, as text that sorts; names
// without one come last. ACCOUNT_CloudTrail_REGION_20230710T1145Z_ID.json.gz
// [CloudTrail guide, Finding your CloudTrail log files]
func delivered(path string) string {
	const none = "~"
	_, rest, found := strings.Cut(filepath.Base(path), "_CloudTrail_")
	_, rest, ok := strings.Cut(rest, "_")
	at, _, _ := strings.Cut(rest, "_")
	if !found || !ok || len(at) != len("20230710T1145Z") {
		return none
	}
	return at
}
