package forge

// tables are all cases, by section.
var tables = []struct {
	section string
	rows    []row
}{
	{"2.1, 6 what is read", decodeRows},
	{"5.3 credentials", credentialRows},
	{"6 framing", framingRows},
	{"6.3 private messages", privateRows},
	{"7.3 leaf of an Add", addLeafRows},
	{"7.3 leaf of an Update", updateLeafRows},
	{"8.4, 12.1, 12.4 group", groupRows},
	{"10.1 key packages", keyPackageRows},
	{"10, 13.5 what is made", madeRows},
	{"11 groups from groups", linkRows},
	{"12.1 proposals", proposalRows},
	{"12.1.8 from outside", outsideRows},
	{"12.2 lists", listRows},
	{"12.4.2 commits", commitRows},
	{"12.4.2 paths", pathRows},
	{"12.4.3.1 welcomes", joinRows},
	{"12.4.3.2 external", externalRows},
	{"12.4.3.3 trees", treeRows},
	{"13.4 extensions", extensionRows},
	{"what is sent", sendRows},
	{"bounds", boundRows},
}
