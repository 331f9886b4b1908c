package network_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"latchkey/infra/network"
	"latchkey/infra/network/synthtest"
	"latchkey/shared/coded"
	"latchkey/shared/deployment"
)

func TestMain(m *testing.M) {
	code := m.Run()
	jsii.Close()
	os.Exit(code)
}

const fence = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/latchkey-${AWS::Region}-fence"

func props() network.Props {
	return network.Props{
		Zones: 3, FenceRole: fence, LogDays: 90,
		ApplicationGroups: []string{"sg-0123456789abcdef0"}, ApplicationCIDRs: []string{"10.1.0.0/16"},
	}
}

func made(t *testing.T, p network.Props) (synthtest.Template, network.Network) {
	t.Helper()
	var net network.Network
	tmpl, _ := synthtest.Stack(t, func(stack awscdk.Stack) (err error) {
		net, err = network.New(stack, "Network", p)
		return err
	})
	return tmpl, net
}

// TestNew makes one network and looks at it from all sides: synthesizing takes
// longer than all of them.
func TestNew(t *testing.T) {
	tmpl, net := made(t, props())
	t.Run("isolated", func(t *testing.T) { isolated(t, tmpl, net) })
	t.Run("groups", func(t *testing.T) { groups(t, tmpl) })
	t.Run("endpoint", func(t *testing.T) { endpoint(t, tmpl) })
	t.Run("flow logs", func(t *testing.T) { flowLogs(t, tmpl) })
	t.Run("databases", func(t *testing.T) { databases(t, tmpl, net) })
	t.Run("references", func(t *testing.T) { references(t, tmpl, net) })
}

func isolated(t *testing.T, tmpl synthtest.Template, net network.Network) {
	for id, r := range tmpl.Resources {
		for _, way := range []string{"InternetGateway", "NatGateway", "VPCGatewayAttachment", "::Route", "EgressOnly", "PeeringConnection", "EIP"} {
			if strings.HasSuffix(r.Type, way) || way != "::Route" && strings.Contains(r.Type, way) {
				t.Errorf("%s is a %s", id, r.Type)
			}
		}
	}
	subnets := tmpl.Of("AWS::EC2::Subnet")
	var ranges []string
	for id, s := range subnets {
		if s.Properties["MapPublicIpOnLaunch"] != false {
			t.Errorf("%s gives out public addresses", id)
		}
		ranges = append(ranges, s.Properties["CidrBlock"].(string))
	}
	slices.Sort(ranges)
	if want := []string{"10.64.0.0/18", "10.64.128.0/18", "10.64.64.0/18"}; !slices.Equal(ranges, want) || len(net.SubnetIDs) != 3 {
		t.Errorf("subnets %v, %v", ranges, net.SubnetIDs)
	}
	if n := len(tmpl.Of("AWS::EC2::SubnetRouteTableAssociation")); n != len(subnets) {
		t.Errorf("%d of %d subnets have the isolated route table", n, len(subnets))
	}
}

func groups(t *testing.T, tmpl synthtest.Template) {
	for id, g := range tmpl.Of("AWS::EC2::SecurityGroup") {
		out, _ := g.Properties["SecurityGroupEgress"].([]any)
		if len(out) == 0 || g.Properties["SecurityGroupIngress"] != nil {
			t.Errorf("%s lets out everything, or lets in what this test does not see", id)
		}
		for _, rule := range out {
			r := rule.(map[string]any)
			if cidr := r["CidrIp"]; cidr != nil && cidr != "127.0.0.1/32" {
				t.Errorf("%s lets out to %v", id, cidr)
			}
			if cidr := r["CidrIp"]; cidr == nil && id != "NetworkFenceGroup" {
				t.Errorf("%s lets out to %v", id, r["DestinationSecurityGroupId"])
			}
		}
	}
	want := map[string]string{
		"NetworkDatabasesFromFence":  `5432 {"Fn::GetAtt":["NetworkFenceGroup","GroupId"]} null into {"Fn::GetAtt":["NetworkDatabasesGroup","GroupId"]}`,
		"NetworkEndpointFromFence":   `443 {"Fn::GetAtt":["NetworkFenceGroup","GroupId"]} null into {"Fn::GetAtt":["NetworkEndpointGroup","GroupId"]}`,
		"NetworkDatabasesFromGroup1": `5432 "sg-0123456789abcdef0" null into {"Fn::GetAtt":["NetworkDatabasesGroup","GroupId"]}`,
		"NetworkDatabasesFromRange1": `5432 null "10.1.0.0/16" into {"Fn::GetAtt":["NetworkDatabasesGroup","GroupId"]}`,
	}
	rules := tmpl.Of("AWS::EC2::SecurityGroupIngress")
	for id, r := range rules {
		p := r.Properties
		got := synthtest.Text(p["FromPort"]) + " " + synthtest.Text(p["SourceSecurityGroupId"]) + " " + synthtest.Text(p["CidrIp"]) + " into " + synthtest.Text(p["GroupId"])
		if got != want[id] || p["FromPort"] != p["ToPort"] || p["IpProtocol"] != "tcp" {
			t.Errorf("%s is %s\nwant %s", id, got, want[id])
		}
	}
	if len(rules) != len(want) {
		t.Errorf("%d rules let in, want %d", len(rules), len(want))
	}
}

func endpoint(t *testing.T, tmpl synthtest.Template) {
	all := tmpl.Of("AWS::EC2::VPCEndpoint")
	if len(all) != 1 {
		t.Fatalf("%d endpoints", len(all))
	}
	p := all["NetworkSecrets"].Properties
	want := `{"Statement":[{"Action":"secretsmanager:GetSecretValue","Condition":{"ArnEquals":{"aws:PrincipalArn":{"Fn::Sub":"` + fence + `"}}},` +
		`"Effect":"Allow","Principal":"*","Resource":{"Fn::Sub":"arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:rds!db-*"},` +
		`"Sid":"MasterSecrets"}],"Version":"2012-10-17"}`
	if got := synthtest.Text(p["PolicyDocument"]); got != want {
		t.Errorf("the endpoint's policy is %s\nwant %s", got, want)
	}
	if p["VpcEndpointType"] != "Interface" || p["PrivateDnsEnabled"] != true || len(p["SubnetIds"].([]any)) != 3 {
		t.Errorf("the endpoint is %s", synthtest.Text(p))
	}
}

func flowLogs(t *testing.T, tmpl synthtest.Template) {
	log := tmpl.Of("AWS::EC2::FlowLog")["NetworkFlowLog"].Properties
	if log["TrafficType"] != "ALL" || log["ResourceType"] != "VPC" {
		t.Errorf("the flow log is %s", synthtest.Text(log))
	}
	if days := tmpl.Resources["NetworkFlowLogs"].Properties["RetentionInDays"]; days != 90.0 {
		t.Errorf("flow logs are kept for %v days", days)
	}
}

func databases(t *testing.T, tmpl synthtest.Template, net network.Network) {
	group := tmpl.Resources["NetworkParameterGroup"].Properties
	if group["Family"] != "postgres"+deployment.EngineMajor {
		t.Errorf("instances of version %s would be given a group of family %v", deployment.EngineMajor, group["Family"])
	}
	if parameters := group["Parameters"].(map[string]any); parameters[deployment.ParameterName] != "1" || group["DBParameterGroupName"] != net.ParameterGroupName {
		t.Errorf("group %v has %v", group["DBParameterGroupName"], parameters)
	}
	subnets := tmpl.Resources["NetworkSubnetGroup"].Properties
	if subnets["DBSubnetGroupName"] != net.SubnetGroupName || len(subnets["SubnetIds"].([]any)) != 3 {
		t.Errorf("the subnet group is %s", synthtest.Text(subnets))
	}
}

// references holds that what New returns is in the template.
func references(t *testing.T, tmpl synthtest.Template, net network.Network) {
	for _, ref := range append([]string{net.VpcID, net.RouteTableID, net.FenceSecurityGroupID, net.DatabaseSecurityGroupID}, net.SubnetIDs...) {
		id, _, _ := strings.Cut(strings.Trim(ref, "${}"), ".")
		if _, ok := tmpl.Resources[id]; !ok || !strings.HasPrefix(ref, "${") {
			t.Errorf("%s refers to nothing", ref)
		}
	}
}

func TestNew_Invalid(t *testing.T) {
	synthtest.Require(t)
	for name, change := range map[string]func(*network.Props){
		"one zone":   func(p *network.Props) { p.Zones = 1 },
		"four zones": func(p *network.Props) { p.Zones = 4 },
		"no range":   func(p *network.Props) { p.CIDR = "10.0.0.0" },
		"too wide":   func(p *network.Props) { p.CIDR = "10.0.0.0/8" },
		"too narrow": func(p *network.Props) { p.CIDR = "10.0.0.0/28" },
		"host bits":  func(p *network.Props) { p.CIDR = "10.0.0.1/16" },
		"IPv6":       func(p *network.Props) { p.CIDR = "fd00::/24" },
	} {
		t.Run(name, func(t *testing.T) {
			p := props()
			change(&p)
			if _, err := network.New(nil, "Network", p); !coded.Is(err, coded.Invalid) || coded.Hint(err) == "" {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestNew_SmallRange(t *testing.T) {
	p := props()
	p.CIDR, p.ZoneNames = "192.168.255.0/24", []string{"eu-central-1b", "eu-central-1c"}
	tmpl, _ := made(t, p)
	var ranges []string
	for _, s := range tmpl.Of("AWS::EC2::Subnet") {
		ranges = append(ranges, s.Properties["CidrBlock"].(string)+" "+s.Properties["AvailabilityZone"].(string))
	}
	slices.Sort(ranges)
	if want := []string{"192.168.255.0/26 eu-central-1b", "192.168.255.64/26 eu-central-1c"}; !slices.Equal(ranges, want) {
		t.Errorf("subnets %v, want %v", ranges, want)
	}
}
