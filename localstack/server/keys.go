package server

import (
	"net/http"
	"strings"

	"latchkey/localstack/api"
)

func (s *Server) keys(r *http.Request) (any, error) {
	after, limit, err := page(r)
	if err != nil {
		return nil, err
	}
	return s.cell.Plane().Keys(r.Context(), after, limit)
}

func (s *Server) customerKeys(*http.Request) (any, error) { return s.madeHere() }

// key answers /keys/{ref} and /keys/{ref}/preflight?tenant=. A reference is an
// ARN, which holds a slash, or part of a key id.
func (s *Server) key(r *http.Request) (any, error) {
	ref, preflight := strings.CutSuffix(r.PathValue("path"), "/preflight")
	arn, err := s.resolveKey(r.Context(), ref)
	if err != nil {
		return nil, err
	}
	if preflight {
		if s.stack == nil {
			return nil, s.noPreflight(r.Context(), arn, r.URL.Query().Get("tenant"))
		}
		return s.stack.Preflight(r.Context(), arn, r.URL.Query().Get("tenant"))
	}
	return s.cell.Plane().KeyDetail(r.Context(), arn)
}

func (s *Server) createKey(r *http.Request) (any, error) {
	var in api.NewKey
	if err := read(r, &in); err != nil {
		return nil, err
	}
	made, err := s.stack.CreateKey(r.Context(), in)
	if err != nil {
		return nil, err
	}
	return answer{http.StatusCreated, made}, nil
}

// changeKey answers /keys/{ref}/{operation}.
func (s *Server) changeKey(r *http.Request) (any, error) {
	path := r.PathValue("path")
	cut := strings.LastIndexByte(path, '/')
	if cut < 0 {
		cut = len(path)
	}
	arn, err := s.resolveKey(r.Context(), path[:cut])
	if err != nil {
		return nil, err
	}
	var in api.KeyChange
	if err := read(r, &in); err != nil {
		return nil, err
	}
	return s.stack.ChangeKey(r.Context(), arn, strings.TrimPrefix(path[cut:], "/"), in)
}
