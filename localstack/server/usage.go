package server

import (
	"net/http"

	"latchkey/shared/keyusage/usage"
)

// raw is an answer that is written already.
type raw struct {
	contentType string
	body        []byte
}

// keyUsage answers what a tenant's keys were used for, as the deployed function
// does, but without its limits of size and time.
func (s *Server) keyUsage(r *http.Request) (any, error) {
	q, err := usage.Read(r.PathValue("id"), usage.Members(r.URL.Query()), s.cell.Health().Now)
	if err != nil {
		return nil, err
	}
	a, err := usage.Desk{Ledger: s.cell.Ledger()}.Answer(r.Context(), q)
	if err != nil {
		return nil, err
	}
	return raw{a.ContentType, a.Body}, nil
}
