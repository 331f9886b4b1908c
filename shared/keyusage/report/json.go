package report

import (
	"encoding/json"
	"io"
)

// WriteJSON writes the report as one JSON object, whose members are those of
// Report. Errors are w's.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}
