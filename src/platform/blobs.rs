//! Blobs by SHA-256 digest, in a folder (or, later, a bucket) behind `object_store`.
//!
//! Bytes are written before the row that names them, so a crash leaves an orphan, never a dangling name. It must
//! never overwrite: equal digests are equal bytes.

use crate::domain::digest::Digest;
use bytes::Bytes;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, local::LocalFileSystem, path::Path};
use std::{io::ErrorKind, sync::Arc};

/// The bytes could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// Nothing is stored under the digest.
    #[error("no blob {0}")]
    Missing(Digest),
    /// What is stored is not what was stored.
    #[error("blob {0} is damaged")]
    Damaged(Digest),
    /// The store failed.
    #[error("blob store: {0}")]
    Store(#[from] object_store::Error),
}

impl BlobError {
    /// Whether there is no room left where the bytes go.
    pub fn is_full(&self) -> bool {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(self);
        while let Some(error) = cause {
            let io = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
            if matches!(io, Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded)) {
                return true;
            }
            cause = error.source();
        }
        false
    }
}

/// A content-addressed store. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
}

impl Blobs {
    /// Blobs in a folder, which is made when missing.
    pub fn in_folder(folder: &std::path::Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self { store: Arc::new(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true)) })
    }

    /// Stores bytes under their digest, unless they are there already.
    pub async fn put(&self, digest: Digest, bytes: Bytes) -> Result<(), BlobError> {
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        match self.store.put_opts(&path(digest), bytes.into(), options).await {
            Ok(_) | Err(object_store::Error::AlreadyExists { .. }) => Ok(()),
            Err(e) => Err(e.into()),
        }
    }

    /// Reads the bytes and checks that they still have their digest.
    pub async fn get(&self, digest: Digest) -> Result<Bytes, BlobError> {
        let found = match self.store.get(&path(digest)).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Err(BlobError::Missing(digest)),
            Err(e) => return Err(e.into()),
        };
        let bytes = found.bytes().await?;
        if Digest::of(&bytes) == digest { Ok(bytes) } else { Err(BlobError::Damaged(digest)) }
    }
}

/// Two levels of folders, so that no folder grows beyond what file systems like.
fn path(digest: Digest) -> Path {
    let hex = digest.hex();
    Path::from(format!("{}/{}/{hex}", &hex[..2], &hex[2..4]))
}
