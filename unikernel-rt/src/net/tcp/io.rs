//! The traits of `embedded-io` and `embedded-io-async`.
//!
//! Those of `embedded-io` block. A flush does nothing, as the standard library's: written data is sent without one.

use super::{TcpReader, TcpStream, TcpWriter};
use crate::net::Error;
use crate::tasks::block_on::block_on;
use embedded_io::{ErrorType, ReadReady, WriteReady};

macro_rules! reads {
    ($($type:ty),*) => {$(
        impl embedded_io::Read for $type {
            fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
                block_on(self.stream().read(buffer))
            }
        }

        impl embedded_io_async::Read for $type {
            async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
                self.stream().read(buffer).await
            }
        }

        impl ReadReady for $type {
            fn read_ready(&mut self) -> Result<bool, Error> {
                Ok(self.stream().is_readable())
            }
        }
    )*};
}

macro_rules! writes {
    ($($type:ty),*) => {$(
        impl embedded_io::Write for $type {
            fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
                block_on(self.stream().write(bytes))
            }

            fn flush(&mut self) -> Result<(), Error> {
                Ok(())
            }
        }

        impl embedded_io_async::Write for $type {
            async fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
                self.stream().write(bytes).await
            }

            async fn flush(&mut self) -> Result<(), Error> {
                Ok(())
            }
        }

        impl WriteReady for $type {
            fn write_ready(&mut self) -> Result<bool, Error> {
                Ok(self.stream().is_writable())
            }
        }
    )*};
}

macro_rules! errors {
    ($($type:ty),*) => {$(
        impl ErrorType for $type {
            type Error = Error;
        }
    )*};
}

impl TcpStream {
    fn stream(&self) -> &TcpStream {
        self
    }
}

impl TcpReader<'_> {
    fn stream(&self) -> &TcpStream {
        self.0
    }
}

impl TcpWriter<'_> {
    fn stream(&self) -> &TcpStream {
        self.0
    }
}

errors!(TcpStream, &TcpStream, TcpReader<'_>, TcpWriter<'_>);
reads!(TcpStream, &TcpStream, TcpReader<'_>);
writes!(TcpStream, &TcpStream, TcpWriter<'_>);
