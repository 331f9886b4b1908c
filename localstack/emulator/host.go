package emulator

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"latchkey/localstack/emulator/runtime"
	"latchkey/shared/coded"
	"latchkey/shared/deployment"
)

// host builds the functions and gives them to their Region's host.
func (s *Stack) host(ctx context.Context) error {
	folders := map[string]bool{}
	var all []runtime.Function
	for _, d := range s.Stacks {
		list, err := d.Functions(ctx)
		if err != nil {
			return err
		}
		for _, f := range list {
			folder, ok := strings.CutPrefix(f.Name, prefix)
			if !ok {
				return coded.New(coded.Invalid, "function %s does not begin with %s: its folder is not known", f.Name, prefix)
			}
			folders[folder] = true
			f.Binary = s.binary(folder)
			all = append(all, f)
		}
	}
	if err := s.build(ctx, folders); err != nil {
		return err
	}
	for _, f := range all {
		if err := s.Regions[f.Region].Host.Add(f); err != nil {
			return err
		}
	}
	return nil
}

// build builds what is not there. Fence is built for this run, where there are
// instances to log in to.
func (s *Stack) build(ctx context.Context, folders map[string]bool) error {
	if folders[deployment.FunctionFence] && s.Instances != nil {
		if err := s.buildFence(ctx); err != nil {
			return err
		}
		delete(folders, deployment.FunctionFence)
	}
	if s.opts.Binaries != "" || len(folders) == 0 {
		return nil
	}
	s.opts.Tell("building %d functions for this machine", len(folders))
	return buildFunctions(ctx, s.opts.Root, s.Binaries(), "", slices.Sorted(maps.Keys(folders)))
}

// Binaries is the folder with the functions' binaries.
func (s *Stack) Binaries() string {
	if s.opts.Binaries != "" {
		return s.opts.Binaries
	}
	return filepath.Join(s.work, "bin")
}

func (s *Stack) binary(folder string) string {
	if folder == deployment.FunctionFence && s.Instances != nil {
		return filepath.Join(s.fenceFolder(), folder)
	}
	return filepath.Join(s.Binaries(), folder)
}

func (s *Stack) fenceFolder() string { return filepath.Join(s.work, "fence") }
