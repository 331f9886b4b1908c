package network

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/jsii-runtime-go"

	"latchkey/infra/parts"
)

// Ports.
const (
	postgres = 5432
	https    = 443
)

// groups makes the security groups: databases let in fence and the
// applications, the endpoint lets in fence, and fence goes to those two.
func (m *maker) groups() {
	m.group("Databases", "Databases of tenants.", nowhere())
	m.group("Endpoint", "Endpoint of Secrets Manager.", nowhere())
	m.net.DatabaseSecurityGroupID = m.to("DatabasesGroup.GroupId")
	endpoint := m.to("EndpointGroup.GroupId")
	m.group("Fence", "Function fence.",
		egress(postgres, m.net.DatabaseSecurityGroupID, "databases"), egress(https, endpoint, "Secrets Manager"))
	m.net.FenceSecurityGroupID = m.to("FenceGroup.GroupId")

	m.ingress("DatabasesFromFence", m.net.DatabaseSecurityGroupID, postgres, m.net.FenceSecurityGroupID, "", "fence")
	m.ingress("EndpointFromFence", endpoint, https, m.net.FenceSecurityGroupID, "", "fence")
	for i, group := range m.props.ApplicationGroups {
		m.ingress(fmt.Sprintf("DatabasesFromGroup%d", i+1), m.net.DatabaseSecurityGroupID, postgres, group, "", "applications")
	}
	for i, cidr := range m.props.ApplicationCIDRs {
		m.ingress(fmt.Sprintf("DatabasesFromRange%d", i+1), m.net.DatabaseSecurityGroupID, postgres, "", cidr, "applications")
	}
}

func (m *maker) group(name, says string, out ...interface{}) {
	awsec2.NewCfnSecurityGroup(m.stack, m.name(name+"Group"), &awsec2.CfnSecurityGroupProps{
		VpcId: parts.Text(m.net.VpcID), GroupDescription: &says, SecurityGroupEgress: &out,
	})
}

// nowhere is a rule that lets nothing out. A group without any rule would let
// out everything. [CloudFormation guide, AWS::EC2::SecurityGroup]
func nowhere() interface{} {
	return &awsec2.CfnSecurityGroup_EgressProperty{
		IpProtocol: jsii.String("-1"), CidrIp: jsii.String("127.0.0.1/32"), Description: jsii.String("Nowhere"),
	}
}

func egress(port float64, to, says string) interface{} {
	return &awsec2.CfnSecurityGroup_EgressProperty{
		IpProtocol: jsii.String("tcp"), FromPort: &port, ToPort: &port,
		DestinationSecurityGroupId: parts.Text(to), Description: jsii.String("To " + says),
	}
}

// ingress lets a group or a range of addresses into a group.
func (m *maker) ingress(name, into string, port float64, from, cidr, says string) {
	p := &awsec2.CfnSecurityGroupIngressProps{
		GroupId: parts.Text(into), IpProtocol: jsii.String("tcp"), FromPort: &port, ToPort: &port, Description: jsii.String("From " + says),
	}
	if from != "" {
		p.SourceSecurityGroupId = parts.Text(from)
	} else {
		p.CidrIp = &cidr
	}
	awsec2.NewCfnSecurityGroupIngress(m.stack, m.name(name), p)
}
