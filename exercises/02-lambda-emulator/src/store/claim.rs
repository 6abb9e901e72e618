//! Step 5. An event is claimed, so that nobody else runs it meanwhile.

use std::time::Duration;

use super::event::{Event, milliseconds, number};
use super::{Queue, StoreError, queue};

impl Queue {
    /// Claims an event that was found: until `lease_ends` nobody else finds it. Whether the claim succeeded.
    ///
    /// Any number of dispatchers can find the same event, in this process and in others; one of them gets it. The
    /// claim is a lease, not a lock: whoever dies with it leaves an event that is visible again at its end. So
    /// `visible_at` becomes `lease_ends`, and `attempts` one more, in one conditional update of the item with the key
    /// (`queue`, `id`); [`Queue::update`] begins it. A condition that fails is an answer, not an error:
    /// [`queue::unless_refused`] tells them apart.
    ///
    /// Afterwards `event` is what the item is: its attempts are the condition of whatever is written later under this
    /// claim.
    pub async fn claim(&self, event: &mut Event, lease_ends: Duration) -> Result<bool, StoreError> {
        todo!("step 5: claim the event by a conditional update")
    }
}
