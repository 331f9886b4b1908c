package server

import (
	"errors"
	"net/http"

	"latchkey/localstack/api"
	"latchkey/shared/coded"
)

// problem returns the answer for an error.
func (s *Server) problem(r *http.Request, err error) answer {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return answer{http.StatusRequestEntityTooLarge, api.Problem{Code: coded.Invalid, Field: "body",
			Message: "the request is too large", Hint: "send fewer events at a time"}}
	case r.Context().Err() != nil:
		return answer{http.StatusServiceUnavailable, api.Problem{Code: coded.Retryable, Message: "the server is stopping", Hint: "start it again and ask again"}}
	}
	p := api.ProblemOf(err)
	if p.Code == coded.Internal || s.stack == nil && p.Code == coded.Retryable {
		if p.Hint == "" {
			p.Hint = "the terminal that serves this shows the cause"
		}
		s.log.Error("request failed", "method", r.Method, "path", r.URL.Path, "error", err)
	}
	return answer{statusOf(p.Code), p}
}

// statuses maps error codes to HTTP. [RFC 9110, Status Codes]
var statuses = map[coded.Code]int{
	coded.Invalid:   http.StatusBadRequest,
	coded.Conflict:  http.StatusConflict,
	coded.NotFound:  http.StatusNotFound,
	coded.Pending:   http.StatusServiceUnavailable,
	coded.Retryable: http.StatusServiceUnavailable,
	coded.KeyAccess: http.StatusForbidden,
	coded.Internal:  http.StatusInternalServerError,
}

func statusOf(code coded.Code) int {
	if status, ok := statuses[code]; ok {
		return status
	}
	return http.StatusInternalServerError
}
