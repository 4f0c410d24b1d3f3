import {
  mdiAccountGroup,
  mdiCalendarClock,
  mdiHospitalBox,
  mdiLogout,
  mdiViewDashboard,
} from '@mdi/js';
import AppBar from '@mui/material/AppBar';
import Avatar from '@mui/material/Avatar';
import Box from '@mui/material/Box';
import Container from '@mui/material/Container';
import IconButton from '@mui/material/IconButton';
import List from '@mui/material/List';
import ListItemButton from '@mui/material/ListItemButton';
import ListItemIcon from '@mui/material/ListItemIcon';
import ListItemText from '@mui/material/ListItemText';
import Toolbar from '@mui/material/Toolbar';
import Tooltip from '@mui/material/Tooltip';
import Typography from '@mui/material/Typography';
import { Link, Outlet, useLocation } from 'react-router-dom';

import { useAuth } from '../auth/AuthContext';
import { humanise, initials } from '../format';
import { Icon } from './Icon';

const WIDTH = 220;

const entries = [
  { to: '/', label: 'Today', icon: mdiViewDashboard },
  { to: '/patients', label: 'Patients', icon: mdiAccountGroup },
  { to: '/appointments', label: 'Appointments', icon: mdiCalendarClock },
];

function isCurrent(to: string, pathname: string): boolean {
  return to === '/' ? pathname === '/' : pathname.startsWith(to);
}

export function Layout() {
  const { username, role, logout } = useAuth();
  const { pathname } = useLocation();

  return (
    <Box sx={{ display: 'flex', minHeight: '100vh' }}>
      <AppBar position="fixed" elevation={0} sx={{ zIndex: (theme) => theme.zIndex.drawer + 1 }}>
        <Toolbar sx={{ gap: 1.5 }}>
          <Icon path={mdiHospitalBox} />
          <Typography variant="h6" component="div" sx={{ flexGrow: 1 }}>
            KeneyApp
          </Typography>
          <Avatar sx={{ width: 32, height: 32, fontSize: 14, bgcolor: 'primary.dark' }}>
            {initials(username ?? '?')}
          </Avatar>
          <Box sx={{ display: { xs: 'none', sm: 'block' }, lineHeight: 1.1 }}>
            <Typography variant="body2" sx={{ fontWeight: 600 }}>
              {username ?? 'Signed in'}
            </Typography>
            {role && <Typography variant="caption">{humanise(role)}</Typography>}
          </Box>
          <Tooltip title="Sign out">
            <IconButton color="inherit" onClick={logout} aria-label="Sign out">
              <Icon path={mdiLogout} />
            </IconButton>
          </Tooltip>
        </Toolbar>
      </AppBar>

      <Box
        component="nav"
        aria-label="Main"
        sx={{
          width: { xs: 64, md: WIDTH },
          flexShrink: 0,
          bgcolor: 'background.paper',
          borderRight: 1,
          borderColor: 'divider',
        }}
      >
        <Toolbar />
        <List sx={{ px: 1, pt: 2 }}>
          {entries.map(({ to, label, icon }) => (
            <ListItemButton
              key={to}
              component={Link}
              to={to}
              selected={isCurrent(to, pathname)}
              sx={{ borderRadius: 2, mb: 0.5 }}
            >
              <ListItemIcon sx={{ minWidth: 40 }}>
                <Icon path={icon} color={isCurrent(to, pathname) ? 'primary' : 'action'} />
              </ListItemIcon>
              <ListItemText primary={label} sx={{ display: { xs: 'none', md: 'block' } }} />
            </ListItemButton>
          ))}
        </List>
      </Box>

      <Box component="main" sx={{ flexGrow: 1, minWidth: 0 }}>
        <Toolbar />
        <Container maxWidth="lg" sx={{ py: 4 }}>
          <Outlet />
        </Container>
      </Box>
    </Box>
  );
}
