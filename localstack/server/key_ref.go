package server

import (
	"context"
	"strings"

	"latchkey/events"
	"latchkey/localstack/api"
	"latchkey/shared/catalog"
	"latchkey/shared/coded"
)

// resolveKey returns the ARN that a reference means: an ARN, or the beginning or
// the end of the id of one key that a tenant uses or that was made here.
func (s *Server) resolveKey(ctx context.Context, ref string) (string, error) {
	if strings.HasPrefix(ref, "arn:") {
		key, err := events.ParseKeyARN(ref)
		if err != nil {
			return "", err
		}
		return key.String(), nil
	}
	found := map[string]bool{}
	look := func(arn string) {
		if key, err := events.ParseKeyARN(arn); err == nil && ref != "" &&
			(strings.HasPrefix(key.KeyID, ref) || strings.HasSuffix(key.KeyID, ref)) {
			found[arn] = true
		}
	}
	made, err := s.madeHere()
	if err != nil {
		return "", err
	}
	for _, k := range made {
		look(k.ARN)
	}
	for after, more := "", true; more; more = after != "" {
		page, err := s.cell.Plane().Keys(ctx, after, catalog.MaxPage)
		if err != nil {
			return "", err
		}
		for _, k := range page.Items {
			look(k.ARN)
		}
		after = page.Next
	}
	switch len(found) {
	case 0:
		e := coded.New(coded.NotFound, "no key %q", ref)
		e.Field, e.Hint = "key", "give an ARN such as arn:aws:kms:eu-central-1:444455556666:key/<key id>, or part of the id of a key in `key list`"
		return "", e
	case 1:
		for arn := range found {
			return arn, nil
		}
	}
	return "", coded.Field("key", "give more of the key's id", "%q fits %d keys", ref, len(found))
}

// madeHere returns the keys that were made with POST /keys: none of a deployed
// cell, whose customers make theirs on AWS.
func (s *Server) madeHere() ([]api.CustomerKey, error) {
	if s.stack == nil {
		return []api.CustomerKey{}, nil
	}
	return s.stack.CustomerKeys()
}
