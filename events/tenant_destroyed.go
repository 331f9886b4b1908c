package events

// TenantDestroyed says that a tenant left for good (detail-type Tenant
// Destroyed). Access ends at once, data goes after the grace period.
type TenantDestroyed struct {
	Subject
	GraceDays *int `json:"graceDays,omitempty"` // 0 … 365; nil: the platform's default
}
