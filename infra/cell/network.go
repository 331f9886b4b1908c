package cell

import (
	"latchkey/infra/grants"
	"latchkey/infra/network"
	"latchkey/shared/deployment"
)

// network makes the cell's VPC, which only the function fence is in.
func (c *Cell) network() (err error) {
	s := c.props.Settings
	c.net, err = network.New(c.Stack, "Network", network.Props{
		CIDR: s.VPCCIDR, Zones: s.Zones, ZoneNames: s.ZoneNames[c.props.Region], FenceRole: grants.RoleARN(deployment.FunctionFence),
		ApplicationGroups: s.ApplicationGroups, ApplicationCIDRs: s.ApplicationCIDRs, LogDays: s.LogDays,
	})
	return err
}
