package events

// ProductActivated says that a tenant bought a product (detail-type Product Activated).
type ProductActivated struct {
	Subject
	Product       string            `json:"product"`
	License       License           `json:"license"`
	Configuration map[string]string `json:"configuration,omitempty"`
	Groups        []string          `json:"groups,omitempty"` // user groups that get access
}

// ProductDeactivated says that a tenant gave a product up (detail-type Product Deactivated).
type ProductDeactivated struct {
	Subject
	Product string `json:"product"`
	Reason  string `json:"reason,omitempty"`
}

// ProductSuspended says that access to a product stops for now (detail-type Product Suspended).
type ProductSuspended struct {
	Subject
	Product string `json:"product"`
	Reason  string `json:"reason,omitempty"`
}

// ProductUnsuspended ends a suspension (detail-type Product Unsuspended).
type ProductUnsuspended struct {
	Subject
	Product string `json:"product"`
	Reason  string `json:"reason,omitempty"`
}

// LicenseUpdated replaces a product's licence (detail-type License Updated).
type LicenseUpdated struct {
	Subject
	Product string  `json:"product"`
	License License `json:"license"`
}

func (e *ProductActivated) normalize() { e.License.normalize() }

func (e *LicenseUpdated) normalize() { e.License.normalize() }
