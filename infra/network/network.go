// Package network makes the network of a cell: a VPC that nothing leads into or
// out of, the subnets of the databases, and who may talk to whom in it.
//
// There is no Internet gateway, no NAT and no public subnet. The only function
// inside is fence, which logs in to databases; of AWS's services it calls Secrets
// Manager alone, through an interface endpoint that serves nobody else. Gateway
// endpoints for S3 and DynamoDB are left out because nothing in the VPC uses
// them: each would be one more way out for data. RDS itself needs none.
//
// All values that New returns refer to resources, as package parts reads them
// ("${NetworkVpc}").
package network

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/jsii-runtime-go"

	"latchkey/infra/parts"
	"latchkey/shared/coded"
	"latchkey/shared/deployment"
)

// DefaultCIDR is the VPC's address range. It has room for some 16,000 addresses
// in each zone; an instance takes one in each of the two that it is in.
const DefaultCIDR = "10.64.0.0/16"

// Props is what a network is made of.
type Props struct {
	CIDR  string // of the VPC, /16 to /24; empty: DefaultCIDR. Peered VPCs may not overlap
	Zones int    // Availability Zones, 2 or 3; which, the account's own order says
	// ZoneNames are the zones, 2 or 3, by name (us-east-1a) or by id (use1-az1);
	// empty: Zones counts.
	ZoneNames []string
	// FenceRole is the ARN of the role of the function fence, the only one that
	// the endpoint serves.
	FenceRole string
	// ApplicationGroups and ApplicationCIDRs are who may reach the databases beside
	// fence: security groups of this or a peered VPC, and address ranges.
	ApplicationGroups, ApplicationCIDRs []string
	LogDays                             int // how long flow logs are kept
}

// Network is a network that was made.
type Network struct {
	VpcID                   string
	SubnetIDs               []string // isolated, one in each zone
	RouteTableID            string   // where a peering to the applications' VPC adds its route
	FenceSecurityGroupID    string
	DatabaseSecurityGroupID string
	SubnetGroupName         string
	ParameterGroupName      string
}

// New makes a network in a stack, under logical ids that begin with id. It
// returns coded.Invalid for props that no VPC can have.
func New(stack awscdk.Stack, id string, p Props) (Network, error) {
	if p.CIDR == "" {
		p.CIDR = DefaultCIDR
	}
	if len(p.ZoneNames) > 0 {
		p.Zones = len(p.ZoneNames)
	}
	ranges, err := subnetRanges(p.CIDR, p.Zones)
	if err != nil {
		return Network{}, err
	}
	m := &maker{stack: stack, id: id, props: p}
	m.vpc()
	for i, r := range ranges {
		m.subnet(i, r)
	}
	m.flowLogs()
	m.groups()
	m.endpoint()
	m.databases()
	return m.net, nil
}

// maker is a network that is being made.
type maker struct {
	stack awscdk.Stack
	id    string
	props Props
	net   Network
}

// name returns a logical id.
func (m *maker) name(s string) *string { return jsii.String(m.id + s) }

// to returns what refers to a resource.
func (m *maker) to(s string) string { return "${" + m.id + s + "}" }

func (m *maker) tags(name string) *[]*awscdk.CfnTag {
	return &[]*awscdk.CfnTag{{Key: jsii.String("Name"), Value: jsii.String(deployment.Name(name))}}
}

// list returns what refers to each of some resources.
func list(refs ...string) *[]interface{} {
	out := make([]interface{}, len(refs))
	for i, r := range refs {
		out[i] = parts.Text(r)
	}
	return &out
}

// vpc makes the VPC with one route table, which has the VPC's own route only.
// Private DNS names of the endpoint need both DNS attributes. [VPC guide, Access
// an AWS service using an interface VPC endpoint]
func (m *maker) vpc() {
	awsec2.NewCfnVPC(m.stack, m.name("Vpc"), &awsec2.CfnVPCProps{
		CidrBlock: &m.props.CIDR, EnableDnsSupport: true, EnableDnsHostnames: true, Tags: m.tags("databases"),
	})
	m.net.VpcID = m.to("Vpc")
	awsec2.NewCfnRouteTable(m.stack, m.name("Routes"), &awsec2.CfnRouteTableProps{
		VpcId: parts.Text(m.net.VpcID), Tags: m.tags("databases"),
	})
	m.net.RouteTableID = m.to("Routes")
}

func (m *maker) subnet(i int, cidr string) {
	name := fmt.Sprintf("Subnet%d", i+1)
	p := &awsec2.CfnSubnetProps{
		VpcId: parts.Text(m.net.VpcID), CidrBlock: &cidr, MapPublicIpOnLaunch: false, Tags: m.tags(fmt.Sprintf("databases-%d", i+1)),
	}
	switch {
	case len(m.props.ZoneNames) == 0:
		p.AvailabilityZone = awscdk.Fn_Select(jsii.Number(float64(i)), awscdk.Fn_GetAzs(nil))
	case strings.Contains(m.props.ZoneNames[i], "-az"): // [EC2 guide, Availability Zone IDs]
		p.AvailabilityZoneId = &m.props.ZoneNames[i]
	default:
		p.AvailabilityZone = &m.props.ZoneNames[i]
	}
	awsec2.NewCfnSubnet(m.stack, m.name(name), p)
	awsec2.NewCfnSubnetRouteTableAssociation(m.stack, m.name(name+"Routes"), &awsec2.CfnSubnetRouteTableAssociationProps{
		SubnetId: parts.Text(m.to(name)), RouteTableId: parts.Text(m.net.RouteTableID),
	})
	m.net.SubnetIDs = append(m.net.SubnetIDs, m.to(name))
}

// subnetRanges returns the first of the four quarters of a range, one a zone.
func subnetRanges(cidr string, zones int) ([]string, error) {
	if zones != 2 && zones != 3 {
		return nil, coded.Field("zones", "give 2 or 3: a Multi-AZ instance needs two", "is %d", zones)
	}
	p, err := netip.ParsePrefix(cidr)
	if err != nil || !p.Addr().Is4() || p != p.Masked() || p.Bits() < 16 || p.Bits() > 24 {
		return nil, coded.Field("vpcCidr", "give a range of IPv4 addresses from /16 to /24, such as "+DefaultCIDR, "%q cannot be used", cidr)
	}
	a := p.Addr().As4()
	start := uint32(a[0])<<24 | uint32(a[1])<<16 | uint32(a[2])<<8 | uint32(a[3])
	quarter := uint32(1) << (32 - p.Bits() - 2)
	out := make([]string, zones)
	for i := range out {
		at := start + uint32(i)*quarter
		addr := netip.AddrFrom4([4]byte{byte(at >> 24), byte(at >> 16), byte(at >> 8), byte(at)})
		out[i] = netip.PrefixFrom(addr, p.Bits()+2).String()
	}
	return out, nil
}
