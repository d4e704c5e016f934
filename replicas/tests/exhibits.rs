//! Everything that is said to go wrong over a network is found, in the fewest messages.

use histories::check::Anomaly;
use histories::{Timeline, check};
use replicas::exhibits::Exhibit;

/// How many messages arrive, and what that shows.
const FOUND: [(Exhibit, usize, Anomaly); 21] = [
    (Exhibit::TornRead, 3, Anomaly::Torn),
    (Exhibit::OwnWriteGone, 2, Anomaly::Cycle),
    (Exhibit::TwoRegisters, 4, Anomaly::Cycle),
    (Exhibit::NewThenOld, 4, Anomaly::Cycle),
    (Exhibit::StaleBackup, 4, Anomaly::Stale),
    (Exhibit::AllAcknowledge, 4, Anomaly::NewOldInversion),
    (Exhibit::NoWriteBack, 5, Anomaly::NewOldInversion),
    (Exhibit::ReadOneWriteTwo, 5, Anomaly::Stale),
    (Exhibit::ReadTwoWriteOne, 4, Anomaly::Stale),
    (Exhibit::TwoOfFive, 6, Anomaly::Stale),
    (Exhibit::NotAsking, 8, Anomaly::Stale),
    (Exhibit::NoDisk, 6, Anomaly::Stale),
    (Exhibit::LostWrite, 2, Anomaly::Stale),
    (Exhibit::TakeOver, 4, Anomaly::Stale),
    (Exhibit::RepeatedRequest, 4, Anomaly::Stale),
    (Exhibit::RepeatedNumber, 10, Anomaly::Stale),
    (Exhibit::StaleLeader, 6, Anomaly::Stale),
    (Exhibit::Lease, 9, Anomaly::Stale),
    (Exhibit::LeaseHalf, 9, Anomaly::Stale),
    (Exhibit::RetriedWrite, 19, Anomaly::FlipFlop),
    (Exhibit::BrokenPromise, 11, Anomaly::Stale),
];

#[test]
fn each_exhibit_is_found_and_its_picture_proves_it() {
    assert_eq!(FOUND.len(), Exhibit::ALL.len());
    for (exhibit, messages, anomaly) in FOUND {
        let name = exhibit.name();
        let report = exhibit
            .find()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let witness = report.witness(exhibit.model());
        let witness =
            witness.unwrap_or_else(|| panic!("{name}: not found in {} states", report.states));
        let picture = witness.timeline.to_string();
        assert_eq!(witness.messages, messages, "{name}\n{picture}");
        // The picture, read again, breaks the same model, and is drawn the same.
        let again: Timeline = picture
            .parse()
            .unwrap_or_else(|error| panic!("{name}: {error}\n{picture}"));
        assert_eq!(again.to_string(), picture, "{name}");
        let verdict = check(exhibit.model(), &again.history);
        let violation = verdict
            .violation()
            .unwrap_or_else(|| panic!("{name} breaks nothing\n{picture}"));
        assert_eq!(violation.anomaly, anomaly, "{name}\n{picture}");
        assert_eq!(violation.sentence, witness.sentence, "{name}");
    }
}
