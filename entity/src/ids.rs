//! Ids in one column: one after the other, sixteen bytes each.

use sea_orm::prelude::Uuid;

/// Length of an id in bytes.
const LENGTH: usize = 16;

/// Ids as a column holds them.
pub fn packed(ids: &[Uuid]) -> Vec<u8> {
    ids.iter().flat_map(|id| *id.as_bytes()).collect()
}

/// The ids that a column holds.
pub fn unpacked(column: &[u8]) -> Vec<Uuid> {
    column.as_chunks::<LENGTH>().0.iter().copied().map(Uuid::from_bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::{packed, unpacked};
    use sea_orm::prelude::Uuid;

    #[test]
    fn ids_come_out_as_they_went_in() {
        let ids: Vec<Uuid> = (0..3).map(Uuid::from_u128).collect();
        assert_eq!(unpacked(&packed(&ids)), ids);
        assert_eq!((packed(&[]).len(), unpacked(&[]).len()), (0, 0));
    }
}
