package server

import (
	"net/http"
	"strconv"

	"latchkey/localstack/api"
	"latchkey/shared/catalog"
	"latchkey/shared/coded"
)

// defaultLimit is the page size where the request names none.
const defaultLimit = 100

// page reads ?limit= and ?after=.
func page(r *http.Request) (after string, limit int, err error) {
	q := r.URL.Query()
	limit = defaultLimit
	if s := q.Get("limit"); s != "" {
		limit, err = strconv.Atoi(s)
		if err != nil || limit < 1 || limit > catalog.MaxPage {
			return "", 0, coded.Field("limit", "give 1 … "+strconv.Itoa(catalog.MaxPage), "%q is out of range", s)
		}
	}
	return q.Get("after"), limit, nil
}

func (s *Server) health(*http.Request) (any, error) {
	h := s.cell.Health()
	if !h.OK {
		return answer{http.StatusServiceUnavailable, h}, nil
	}
	return h, nil
}

func (s *Server) tenants(r *http.Request) (any, error) {
	after, limit, err := page(r)
	if err != nil {
		return nil, err
	}
	return s.cell.Plane().Tenants(r.Context(), after, limit)
}

func (s *Server) tenant(r *http.Request) (any, error) {
	return s.cell.Plane().Tenant(r.Context(), r.PathValue("id"))
}

func (s *Server) databases(r *http.Request) (any, error) {
	after, limit, err := page(r)
	if err != nil {
		return nil, err
	}
	return s.cell.Plane().Databases(r.Context(), after, limit)
}

func (s *Server) database(r *http.Request) (any, error) {
	return s.cell.Plane().Database(r.Context(), r.PathValue("id"))
}

func (s *Server) snapshots(r *http.Request) (any, error) {
	after, limit, err := page(r)
	if err != nil {
		return nil, err
	}
	return s.cell.Plane().Snapshots(r.Context(), after, limit)
}

func (s *Server) parked(r *http.Request) (any, error) {
	return s.cell.Plane().ParkedRecords(r.Context())
}

func (s *Server) impact(r *http.Request) (any, error) {
	arn, err := s.resolveKey(r.Context(), r.URL.Query().Get("key"))
	if err != nil {
		return nil, err
	}
	return s.cell.Plane().Impact(r.Context(), arn)
}

// context answers with the status of the decision's reason.
func (s *Server) context(r *http.Request) (any, error) {
	product := r.URL.Query().Get("product")
	if product == "" {
		return nil, coded.Field("product", "ask for /tenants/{id or host}/context?product=NAME", "is missing")
	}
	c, d, err := s.cell.Plane().Context(r.Context(), r.PathValue("id"), product)
	if err != nil {
		return nil, err
	}
	out := api.Access{Allow: d.Allow, Reason: d.Reason, Message: d.Reason.Sentence(), Context: c}
	return answer{d.Reason.Status(), out}, nil
}
