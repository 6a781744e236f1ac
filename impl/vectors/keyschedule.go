package vectors

import (
	"fmt"

	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// keySchedule is a case of key-schedule: RFC 9420, Sections 8, 8.1 and 8.5.
type keySchedule struct {
	Suite       spec.CipherSuite `json:"cipher_suite"`
	GroupID     Hex              `json:"group_id"`
	InitialInit Hex              `json:"initial_init_secret"`
	Epochs      []scheduleEpoch  `json:"epochs"`
}

type scheduleEpoch struct {
	TreeHash                Hex `json:"tree_hash"`
	CommitSecret            Hex `json:"commit_secret"`
	PSKSecret               Hex `json:"psk_secret"`
	ConfirmedTranscriptHash Hex `json:"confirmed_transcript_hash"`

	GroupContext       Hex `json:"group_context"`
	JoinerSecret       Hex `json:"joiner_secret"`
	WelcomeSecret      Hex `json:"welcome_secret"`
	InitSecret         Hex `json:"init_secret"`
	SenderDataSecret   Hex `json:"sender_data_secret"`
	EncryptionSecret   Hex `json:"encryption_secret"`
	ExporterSecret     Hex `json:"exporter_secret"`
	EpochAuthenticator Hex `json:"epoch_authenticator"`
	ExternalSecret     Hex `json:"external_secret"`
	ConfirmationKey    Hex `json:"confirmation_key"`
	MembershipKey      Hex `json:"membership_key"`
	ResumptionPSK      Hex `json:"resumption_psk"`

	ExternalPub Hex      `json:"external_pub"`
	Exporter    exporter `json:"exporter"`
}

type exporter struct {
	Label   string `json:"label"`
	Context Hex    `json:"context"`
	Length  int    `json:"length"`
	Secret  Hex    `json:"secret"`
}

func (v *keySchedule) verify(c *check) {
	s := c.suite(v.Suite)
	if s == nil {
		return
	}
	c.holds("epochs", len(v.Epochs) > 0, "there is none")
	init := schedule.NewInitSecret(suite.Secret(v.InitialInit))
	for n := range v.Epochs {
		want := &v.Epochs[n]
		got := *want
		init = got.derive(v, s, uint64(n), init)
		at := fmt.Sprintf("epochs.%d.", n)
		var context schedule.GroupContext
		c.read(at+"group_context", want.GroupContext, &context)
		for _, x := range []struct {
			step      string
			got, want Hex
		}{
			{"group_context", got.GroupContext, want.GroupContext},
			{"joiner_secret", got.JoinerSecret, want.JoinerSecret},
			{"welcome_secret", got.WelcomeSecret, want.WelcomeSecret},
			{"init_secret", got.InitSecret, want.InitSecret},
			{"sender_data_secret", got.SenderDataSecret, want.SenderDataSecret},
			{"encryption_secret", got.EncryptionSecret, want.EncryptionSecret},
			{"exporter_secret", got.ExporterSecret, want.ExporterSecret},
			{"epoch_authenticator", got.EpochAuthenticator, want.EpochAuthenticator},
			{"external_secret", got.ExternalSecret, want.ExternalSecret},
			{"confirmation_key", got.ConfirmationKey, want.ConfirmationKey},
			{"membership_key", got.MembershipKey, want.MembershipKey},
			{"resumption_psk", got.ResumptionPSK, want.ResumptionPSK},
			{"external_pub", got.ExternalPub, want.ExternalPub},
		} {
			equal(c, at+x.step, x.got, x.want)
		}
		if c.ok(at+"exporter", got.export(s)) {
			equal(c, at+"exporter.secret", got.Exporter.Secret, want.Exporter.Secret)
		}
	}
}

// derive fills in what follows from the values that are chosen, but for the
// exported secret, and returns the init_secret of the next epoch.
func (e *scheduleEpoch) derive(v *keySchedule, s *suite.Suite, n uint64, init schedule.InitSecret) schedule.InitSecret {
	e.GroupContext = wire.Encode(&schedule.GroupContext{
		Version: spec.MLS10, CipherSuite: s.ID, GroupID: v.GroupID, Epoch: n,
		TreeHash: e.TreeHash, ConfirmedTranscriptHash: e.ConfirmedTranscriptHash,
	})
	joiner := schedule.Joiner(s, init, suite.Secret(e.CommitSecret), e.GroupContext)
	member := joiner.Member(suite.Secret(e.PSKSecret))
	secrets, encryption := member.Epoch(e.GroupContext).Derive()
	e.JoinerSecret = Hex(joiner.Bytes())
	e.WelcomeSecret = Hex(member.Welcome().Bytes())
	e.InitSecret = Hex(secrets.Init.Bytes())
	e.SenderDataSecret = Hex(secrets.SenderData)
	e.EncryptionSecret = Hex(encryption)
	e.ExporterSecret = Hex(secrets.Exporter)
	e.EpochAuthenticator = Hex(secrets.Authenticator)
	e.ExternalSecret = Hex(secrets.External)
	e.ConfirmationKey = Hex(secrets.Confirmation)
	e.MembershipKey = Hex(secrets.Membership)
	e.ResumptionPSK = Hex(secrets.Resumption)
	e.ExternalPub = Hex(schedule.ExternalKeyPair(s, secrets.External).Public())
	return secrets.Init
}

// export fills in the exported secret.
func (e *scheduleEpoch) export(s *suite.Suite) error {
	x := &e.Exporter
	secret, err := schedule.Export(s, suite.Secret(e.ExporterSecret), x.Label, x.Context, x.Length)
	x.Secret = Hex(secret)
	return err
}

func makeKeySchedule(r *source, s *suite.Suite) ([]vector, error) {
	v := &keySchedule{Suite: s.ID, GroupID: r.bytes(32), InitialInit: r.bytes(s.Nh)}
	init := schedule.NewInitSecret(suite.Secret(v.InitialInit))
	for n := range 5 {
		e := scheduleEpoch{
			TreeHash: r.bytes(s.Nh), CommitSecret: r.bytes(s.Nh), PSKSecret: r.bytes(s.Nh), ConfirmedTranscriptHash: r.bytes(s.Nh),
			Exporter: exporter{Label: fmt.Sprintf("%x", r.bytes(8)), Context: r.upTo(64), Length: 1 + r.IntN(2*s.Nh)},
		}
		if r.IntN(3) == 0 { // no PSK in this epoch
			e.PSKSecret = Hex(s.Zero())
		}
		init = e.derive(v, s, uint64(n), init)
		if err := e.export(s); err != nil {
			return nil, err
		}
		v.Epochs = append(v.Epochs, e)
	}
	return []vector{v}, nil
}
