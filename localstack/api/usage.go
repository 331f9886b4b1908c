package api

// Formats of GET /tenants/{id}/key-usage.
const (
	FormatPage   = "json"   // usage.Page
	FormatReport = "report" // report.Report, whole
	FormatCSV    = "csv"
	FormatHTML   = "html"
)
